import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { Config } from '../../config/config.js';
import { log } from '../../platform/observability/logger.js';

const GRAPHQL_PATH = '/graphql';
/** With any charset: JSON is always UTF-8 (RFC 8259). */
const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i;

/**
 * Sends Fastify's errors as GraphQL errors, because GraphQL clients expect JSON with `errors` for any failed request.
 * Call it before the routes are registered.
 */
export function handleRequestErrors(app: NestFastifyApplication, { http }: Pick<Config, 'http'>): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => {
      if (route.url !== GRAPHQL_PATH) return;
      route.preParsing = rejectOtherTypes;
      route.errorHandler = (error, _request, reply) => {
        sendError(error, reply, http.bodyLimitBytes);
      };
    });
}

/** Fastify also parses forms and plain text, which Apollo would treat as requests without a body. */
function rejectOtherTypes(
  { headers: { 'content-type': type } }: FastifyRequest,
  _reply: FastifyReply,
  _payload: unknown,
  done: HookHandlerDoneFunction,
): void {
  if (type === undefined || JSON_TYPE.test(type)) done();
  else done(Object.assign(new Error('not application/json'), { statusCode: 415 }));
}

function sendError(error: FastifyError, reply: FastifyReply, bodyLimitBytes: number): void {
  const { status, message, code } = publicError(error, bodyLimitBytes);
  if (status >= 500) log.error({ err: error }, 'request failed before it reached GraphQL');
  void reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ message, extensions: { code } }] });
}

/** Never uses the error's own message: the JSON parser's quotes the body. */
function publicError({ statusCode, code }: FastifyError, bodyLimitBytes: number) {
  const rejected = (status: number, message: string) => ({ status, message, code: 'BAD_REQUEST' });
  // Apollo's integration parses the Host header as part of a URL.
  if (code === 'ERR_INVALID_URL') return rejected(400, 'The Host header is not valid.');
  if (statusCode === 413) return rejected(413, `The body must not be longer than ${bodyLimitBytes} bytes.`);
  if (statusCode === 415) {
    return rejected(415, 'The body must be JSON: content-type application/json, and no content-encoding.');
  }
  if (statusCode === 400) return rejected(400, 'The body must be a JSON object with a query.');
  if (statusCode !== undefined && statusCode < 500) return rejected(statusCode, 'The request is not valid.');
  return { status: 500, message: 'Something went wrong on our side.', code: 'INTERNAL_SERVER_ERROR' };
}
