import type { IncomingMessage, ServerResponse } from 'node:http';

const MAXIMUM_BYTES = 1 << 20;

/**
 * Reads a request's body as text.
 *
 * @returns undefined where it is larger than one mebibyte
 * @throws Error where the connection breaks before the body's end
 */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAXIMUM_BYTES) chunks.push(chunk);
  }
  return size > MAXIMUM_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
