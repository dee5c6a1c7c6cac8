import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** A Host header with one of this machine's own names, at any port. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?$/i;
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/**
 * Control requests need no key, so no foreign page may send one: not through its visitor's browser (which says the
 * page's Origin, and sends JSON nowhere without asking first), and not under a name that was made to point here.
 *
 * @param listeningOn the host that the sandbox listens on
 */
export function refuseControl(
  { headers, headersDistinct }: IncomingMessage,
  listeningOn: string,
): Refusal | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK_HOST.test(host) && nameIn(host) !== listeningOn.toLowerCase())
    return {
      status: 421,
      message: "control requests are taken under this machine's names (localhost, 127.0.0.1, [::1]) only",
    };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, message: 'control requests from pages of other origins are refused' };
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const types = headersDistinct['content-type'] ?? [];
  if (hasBody && !(types.length === 1 && JSON_TYPE.test(types[0] ?? '')))
    return { status: 415, message: 'the body must be JSON, sent with content-type: application/json' };
  return undefined;
}

/** The name or address without its port and brackets. */
function nameIn(host: string): string | undefined {
  return /^\[?([^[\]]+?)\]?(?::\d{1,5})?$/.exec(host)?.[1]?.toLowerCase();
}
