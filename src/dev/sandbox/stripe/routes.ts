import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Sandbox } from '../sandbox.js';
import { API_VERSION } from '../webhooks/events.js';
import { type Answer, answerRequest } from './answer.js';
import { type Endpoint, ENDPOINTS } from './endpoints.js';
import { type FormRecord, parseForm } from './form.js';
import { errorBody, invalid, isUnreadable, StripeProblem } from './errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** only for routes of Stripe's API */
    readonly endpoint?: Endpoint;
  }
}

interface EndpointRequest {
  readonly Params: { readonly id?: string };
  readonly Body: FormRecord | undefined;
}

/** The routes of Stripe's API, with the active faults. */
export function stripeRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { faults } = sandbox;
  app.removeAllContentTypeParsers();
  // Whatever its content type.
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, text: string) =>
    parseForm(text),
  );
  app.addHook('onRequest', async (request, reply) => {
    sandbox.apiSockets.add(request.raw.socket);
    if (faults.strike('outage', request.routeOptions.config.endpoint) !== undefined) {
      return cut(request.raw, reply);
    }
    const { 'idempotency-key': key, authorization } = request.headers;
    reply.headers({ 'Request-Id': request.id, 'Stripe-Version': API_VERSION });
    if (typeof key === 'string') reply.header('Idempotency-Key', key);
    requireKey(authorization, sandbox.settings.secretKey);
    return undefined;
  });
  app.setNotFoundHandler((request) => {
    const [path = ''] = request.url.split('?', 1);
    const message = `Unrecognized request URL (${request.method}: ${path}).`;
    throw new StripeProblem(404, { type: 'invalid_request_error', message });
  });
  app.setErrorHandler((error, _request, reply) => {
    const problem = isUnreadable(error) ? invalid(error.message) : error;
    if (!(problem instanceof StripeProblem)) throw error;
    return reply.code(problem.status).headers(problem.headers).send(errorBody(problem.fields));
  });
  for (const endpoint of Object.keys(ENDPOINTS) as Endpoint[]) {
    const { method, path } = ENDPOINTS[endpoint];
    app.route<EndpointRequest>({
      method,
      url: path,
      config: { endpoint },
      handler: async (request, reply) => {
        const [url = '', query = ''] = request.url.split('?', 2);
        const { 'idempotency-key': header } = request.headers;
        const answer = await answerRequest(sandbox, {
          endpoint,
          id: request.params.id ?? '',
          requestId: request.id,
          path: url,
          form: method === 'GET' ? parseForm(query) : (request.body ?? {}),
          key: method === 'POST' && typeof header === 'string' && header !== '' ? header : undefined,
        });
        return send(answer, endpoint, sandbox, request.raw, reply);
      },
    });
  }
}

/** Sends the response, unless a fault loses it after the execution. */
function send(
  { status, headers, body }: Answer,
  endpoint: Endpoint,
  { faults }: Sandbox,
  request: IncomingMessage,
  reply: FastifyReply,
): FastifyReply {
  const isExecuted = status < 500;
  if (isExecuted && faults.strike('charged_then_reset', endpoint) !== undefined) return cut(request, reply);
  // The connection stays open until the client gives up.
  if (isExecuted && faults.strike('charged_then_timeout', endpoint) !== undefined) return reply.hijack();
  return reply.code(status).headers(headers).send(body);
}

function cut({ socket }: IncomingMessage, reply: FastifyReply): FastifyReply {
  socket.resetAndDestroy();
  return reply.hijack();
}

/**
 * Checks the API key. No real money is behind it, so the comparison need not be constant-time.
 *
 * @throws StripeProblem 401 for a missing or wrong key
 */
function requireKey(authorization: string | undefined, secretKey: string): void {
  const key = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (key === secretKey) return;
  const message =
    key === undefined
      ? 'You did not provide an API key. Put it into the Authorization header, using Bearer auth.'
      : `Invalid API Key provided: ${key.slice(0, 8)}${'*'.repeat(8)}`;
  const headers = { 'WWW-Authenticate': 'Bearer realm="Stripe"' };
  throw new StripeProblem(401, { type: 'invalid_request_error', message }, { headers });
}
