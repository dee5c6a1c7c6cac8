/**
 * The pause that a `Retry-After` header asks for, in ms. Takes seconds or an HTTP date; undefined for anything else,
 * and for a time in the past. At most `maxMs`, so that an absurd value does not park an order.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(
  header: string | undefined,
  { now, maxMs }: { readonly now: Date; readonly maxMs: number },
): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : dateIn(text) - now.getTime();
  return ms > 0 ? Math.min(Math.ceil(ms), maxMs) : undefined;
}

/** Only HTTP's date format: Date.parse also accepts "-5" and the like. */
function dateIn(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
