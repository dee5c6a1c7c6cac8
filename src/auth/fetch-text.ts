interface Limits {
  readonly maxBytes: number;
  /** For the whole response, body included. */
  readonly timeoutMs: number;
}

/**
 * Fetches a URL as UTF-8 text. Follows no redirects.
 * @throws for any status but 200, a response that is too long, and a timeout
 */
export async function fetchText(url: URL, { maxBytes, timeoutMs }: Limits): Promise<string> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    // An unread body would keep the connection open.
    await response.body?.cancel();
    throw new Error(`${url.origin} answered ${response.status}, not 200`);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new Error(`${url.origin} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
