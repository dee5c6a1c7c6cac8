import type { FastifyInstance, FastifyReply } from 'fastify';
import { readFaultRequest } from '../faults/fault-request.js';
import type { Fault } from '../faults/faults.js';
import { listWrongCharges } from '../faults/wrong-charges.js';
import type { Sandbox } from '../sandbox.js';
import type { Outcome } from '../state/records.js';
import { isUnreadable, StripeProblem } from '../stripe/errors.js';
import { recordChange } from '../webhooks/changes.js';
import { refuseForeignPages } from './access.js';
import { answerBank } from './authentication.js';
import { disputeCharge, failRefund, refundOutside } from './money-outside.js';

const DEFAULT_PAGE = 1000;
const MAX_PAGE = 10_000;

interface ControlRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: Readonly<Record<'order' | 'limit' | 'after', string | undefined>>;
}

/** The routes under `/_sandbox/`, which need no key: faults, changes outside the API, the ledger, and health. */
export function controlRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { store, faults, counts } = sandbox;
  const { books } = store;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, text: string) =>
    parseJson(text),
  );
  app.addHook('onRequest', async (request) => {
    // An outage must not cut the connection of the request that starts it.
    sandbox.apiSockets.delete(request.raw.socket);
  });
  app.addHook('onRequest', refuseForeignPages(sandbox.settings.host));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    return refuse(reply, 404, `no such control endpoint: ${request.method} ${path}`);
  });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof StripeProblem) return reply.code(error.status).send({ error: error.fields });
    if (isUnreadable(error)) return refuse(reply, 400, error.message);
    throw error;
  });

  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/faults', async () => ({ faults: faults.list() }));
  app.post('/faults', async (request, reply) => {
    const wanted = readFaultRequest(request.body);
    if (typeof wanted === 'string') return refuse(reply, 400, wanted);
    const fault = faults.add(wanted);
    if (cutsEverything(fault)) for (const socket of sandbox.apiSockets) socket.resetAndDestroy();
    return fault;
  });
  app.delete('/faults', async () => {
    faults.clear();
    return { faults: [] };
  });
  app.delete('/idempotency', async () => {
    store.record({ keysForgotten: true });
    return { status: 'forgotten' };
  });
  app.get<ControlRequest>('/requests', async ({ query }) => ({ requests: counts.read(query.order) }));
  app.get('/wrong-charges', async () => ({ orders: listWrongCharges(books) }));
  app.get<ControlRequest>('/ledger', async ({ query }, reply) => {
    const { ledger } = books;
    if (query.order !== undefined) {
      const totals = ledger.totalsOf(query.order);
      return { orders: totals === undefined ? [] : [totals], hasMore: false };
    }
    const limit = Number(query.limit ?? DEFAULT_PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      return refuse(reply, 400, `limit must be a whole number from 1 to ${MAX_PAGE}`);
    }
    const page = ledger.page(query.after, limit);
    return page ?? refuse(reply, 400, 'after is not the id of a known order');
  });

  const changed = (outcome: Outcome): object => {
    recordChange(sandbox, outcome);
    return outcome.body;
  };
  app.post('/refunds', async ({ body }) => changed(refundOutside(books, body)));
  app.post('/disputes', async ({ body }) => changed(disputeCharge(books, body)));
  app.post<ControlRequest>('/refunds/:id(^re_[A-Za-z0-9]{1,64}$)/fail', async ({ params }) =>
    changed(failRefund(books, params.id)),
  );
  app.post('/authenticate', async ({ body }) => changed(answerBank(books, body)));
}

/** Whether it also cuts all open connections. */
function cutsEverything({ kind, endpoint, probability = 1 }: Fault): boolean {
  return kind === 'outage' && endpoint === undefined && probability >= 1;
}

/** @returns undefined for invalid JSON, which the handlers refuse */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: { message } });
}
