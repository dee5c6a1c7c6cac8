/**
 * How long a `Retry-After` header asks to wait, in ms: seconds, or an HTTP date. Undefined for anything else, and
 * for a time that has passed. Never more than `maxMs`: an absurd value must not park an order out of sight.
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

/** Only the form that HTTP prescribes: Date.parse takes "-5" and other things for dates, too. */
function dateIn(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
