import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { Config } from '../../config/config.js';
import { log } from '../../platform/observability/logger.js';

const GRAPHQL_PATH = '/graphql';
/** RFC 8259: JSON is UTF-8, so a charset says nothing new. */
const JSON_TYPE = /^\s*application\/json\s*(?:;|$)/i;

/**
 * GraphQL clients read JSON with `errors` in it, whatever was wrong with the request. What Fastify refuses before
 * Apollo sees it is answered by one of those, too. To be called before the routes are made.
 */
export function answerRequestErrors(app: NestFastifyApplication, { http }: Pick<Config, 'http'>): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => {
      if (route.url !== GRAPHQL_PATH) return;
      route.preParsing = refuseOtherTypes;
      route.errorHandler = (error, _request, reply) => {
        answer(error, reply, http.bodyLimitBytes);
      };
    });
}

/** Fastify reads forms and plain text, too, which Apollo would take for requests without a body. */
function refuseOtherTypes(
  { headers: { 'content-type': type } }: FastifyRequest,
  _reply: FastifyReply,
  _payload: unknown,
  done: HookHandlerDoneFunction,
): void {
  if (type === undefined || JSON_TYPE.test(type)) done();
  else done(Object.assign(new Error('not application/json'), { statusCode: 415 }));
}

function answer(error: FastifyError, reply: FastifyReply, bodyLimitBytes: number): void {
  const { status, message, code } = publicAnswer(error, bodyLimitBytes);
  if (status >= 500) log.error({ err: error }, 'a request failed before it was a GraphQL operation');
  void reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ errors: [{ message, extensions: { code } }] });
}

/** Never the error's own message: the JSON parser's repeats what the client sent. */
function publicAnswer({ statusCode, code }: FastifyError, bodyLimitBytes: number) {
  const refused = (status: number, message: string) => ({ status, message, code: 'BAD_REQUEST' });
  // The integration with Apollo makes a URL of the Host header.
  if (code === 'ERR_INVALID_URL') return refused(400, 'The Host header is not valid.');
  if (statusCode === 413) return refused(413, `The body must not be longer than ${bodyLimitBytes} bytes.`);
  if (statusCode === 415) {
    return refused(415, 'The body must be JSON: content-type application/json, and no content-encoding.');
  }
  if (statusCode === 400) return refused(400, 'The body must be a JSON object with a query.');
  if (statusCode !== undefined && statusCode < 500) return refused(statusCode, 'The request is not valid.');
  return { status: 500, message: 'Something went wrong on our side.', code: 'INTERNAL_SERVER_ERROR' };
}
