interface Bounds {
  readonly maxBytes: number;
  /** Until the last byte. */
  readonly timeoutMs: number;
}

/**
 * What stands at an address. No redirect is followed.
 * @throws for any answer but 200, one that is too long, and one that is not there in time
 */
export async function fetchText(url: URL, { maxBytes, timeoutMs }: Bounds): Promise<string> {
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { accept: 'application/json, application/jwk-set+json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    // Else the connection stays open for the rest.
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
