import type { FastifyReply, FastifyRequest } from 'fastify';

/** A Host header with a loopback name, at any port. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?$/i;
/** Captures the name or address without port and brackets. */
const HOST_NAME = /^\[?([^[\]]+?)\]?(?::\d{1,5})?$/;
const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/**
 * Control requests need no key, so they are protected against web pages of other origins: by the Origin header, by
 * requiring JSON, for which a browser sends a preflight request, and by the Host header, against DNS rebinding.
 *
 * @param listenHost the host that the sandbox listens on
 */
export function refuseForeignPages(listenHost: string) {
  return async ({ raw }: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { headers, headersDistinct } = raw;
    const { host = '', origin } = headers;
    const refuse = (status: number, message: string) => reply.code(status).send({ error: { message } });
    const name = HOST_NAME.exec(host)?.[1]?.toLowerCase();
    if (!LOOPBACK_HOST.test(host) && name !== listenHost.toLowerCase())
      return refuse(421, 'control requests must be sent to localhost, 127.0.0.1 or [::1]');
    if (origin !== undefined && origin !== `http://${host}`)
      return refuse(403, 'control requests from pages of other origins are refused');
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    const types = headersDistinct['content-type'] ?? [];
    if (hasBody && !(types.length === 1 && JSON_TYPE.test(types[0] ?? '')))
      return refuse(415, 'the body must be JSON, sent with content-type: application/json');
    return undefined;
  };
}
