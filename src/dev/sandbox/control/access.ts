import type { FastifyReply, FastifyRequest } from 'fastify';

/** A Host header with one of this machine's own names, at any port. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?$/i;
/** The name or address without its port and brackets. */
const HOST_NAME = /^\[?([^[\]]+?)\]?(?::\d{1,5})?$/;
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/**
 * Control requests need no key, so no foreign page may send one: not through its visitor's browser (which says the
 * page's Origin, and sends JSON nowhere without asking first), and not under a name that was made to point here.
 *
 * @param listeningOn the host that the sandbox listens on
 */
export function refuseForeignPages(listeningOn: string) {
  return async ({ raw }: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { headers, headersDistinct } = raw;
    const { host = '', origin } = headers;
    const refuse = (status: number, message: string) => reply.code(status).send({ error: { message } });
    const name = HOST_NAME.exec(host)?.[1]?.toLowerCase();
    if (!LOOPBACK_HOST.test(host) && name !== listeningOn.toLowerCase())
      return refuse(
        421,
        "control requests are taken under this machine's names (localhost, 127.0.0.1, [::1]) only",
      );
    if (origin !== undefined && origin !== `http://${host}`)
      return refuse(403, 'control requests from pages of other origins are refused');
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    const types = headersDistinct['content-type'] ?? [];
    if (hasBody && !(types.length === 1 && JSON_TYPE.test(types[0] ?? '')))
      return refuse(415, 'the body must be JSON, sent with content-type: application/json');
    return undefined;
  };
}
