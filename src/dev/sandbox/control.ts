import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Changes } from './changes.js';
import { readFaultRequest } from './fault-request.js';
import type { Fault, Faults } from './faults.js';
import { readBody, sendJson } from './http-body.js';
import type { OrderTotals } from './ledger.js';
import { moveMoneyOutside } from './money-outside.js';
import type { RequestCounts } from './request-counts.js';
import type { Store } from './store.js';
import { listWrongCharges } from './wrong-charges.js';

const DEFAULT_PAGE = 1000;
const LARGEST_PAGE = 10_000;

/** What the control endpoints work with. */
export interface ControlParts {
  readonly store: Store;
  readonly faults: Faults;
  readonly counts: RequestCounts;
  readonly changes: Changes;
  readonly onFault: (fault: Fault) => void;
}

/** Answers the requests below `/_sandbox/`: faults, money that moves past the API, the truth about money, and health. No key is needed. */
export async function handleControl(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ControlParts,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://sandbox');
  const body = await readBody(request);
  switch (`${request.method ?? 'GET'} ${url.pathname}`) {
    case 'GET /_sandbox/health':
      sendJson(response, 200, { status: 'ok' });
      return;
    case 'GET /_sandbox/faults':
      sendJson(response, 200, { faults: parts.faults.list() });
      return;
    case 'POST /_sandbox/faults':
      addFault(response, body, parts);
      return;
    case 'DELETE /_sandbox/faults':
      parts.faults.clear();
      sendJson(response, 200, { faults: [] });
      return;
    case 'DELETE /_sandbox/idempotency':
      parts.store.record({ keysForgotten: true });
      sendJson(response, 200, { status: 'forgotten' });
      return;
    case 'GET /_sandbox/ledger':
      sendLedger(response, url.searchParams, parts.store);
      return;
    case 'GET /_sandbox/requests':
      sendJson(response, 200, { requests: parts.counts.read(url.searchParams.get('order') ?? undefined) });
      return;
    case 'GET /_sandbox/wrong-charges':
      sendJson(response, 200, { orders: listWrongCharges(parts.store.books) });
      return;
    default: {
      const moved = request.method === 'POST' ? moveMoney(url.pathname, body, parts) : undefined;
      if (moved !== undefined) {
        sendJson(response, moved.status, moved.body);
        return;
      }
      refuse(response, 404, `no such control endpoint: ${request.method ?? ''} ${url.pathname}`);
    }
  }
}

function moveMoney(path: string, body: string | undefined, { store, changes }: ControlParts) {
  const parts = { books: store.books, changes };
  return moveMoneyOutside(path.slice('/_sandbox/'.length), parseJson(body), parts);
}

function addFault(response: ServerResponse, body: string | undefined, parts: ControlParts): void {
  const request = readFaultRequest(parseJson(body));
  if (typeof request === 'string') {
    refuse(response, 400, request);
    return;
  }
  const fault = parts.faults.add(request);
  sendJson(response, 200, fault);
  parts.onFault(fault);
}

function sendLedger(response: ServerResponse, query: URLSearchParams, store: Store): void {
  const orderId = query.get('order');
  const { ledger } = store.books;
  if (orderId !== null) {
    const totals = ledger.order(orderId);
    const orders: OrderTotals[] = totals === undefined ? [] : [totals];
    sendJson(response, 200, { orders, hasMore: false });
    return;
  }
  const limit = Number(query.get('limit') ?? DEFAULT_PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    refuse(response, 400, `limit must be a whole number from 1 to ${LARGEST_PAGE}`);
    return;
  }
  const page = ledger.page(query.get('after') ?? undefined, limit);
  if (page === undefined) refuse(response, 400, 'after names no order');
  else sendJson(response, 200, page);
}

/** What the text holds, or undefined where it is no JSON; the reader of the result refuses that. */
function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message } });
}
