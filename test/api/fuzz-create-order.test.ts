import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { CUSTOMERS, hostileRequest, type HostileRequest } from '../support/hostile-requests.js';
import { allowedAnswers, type Prices } from '../support/order-input-oracle.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows } from './orders-support.js';

const BATCHES = 60;
const BATCH_SIZE = 50;
const CONCURRENCY = 20;
/** A busy machine may shed load. */
const MAX_RETRIES = 100;
const RETRY_PAUSE_MS = 100;
const MAX_ANSWER_BYTES = 65_536;
/** Without INTERNAL_SERVER_ERROR: no request may cause a defect. */
const CODES = [
  'BAD_USER_INPUT',
  'SERVICE_UNAVAILABLE',
  'QUERY_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
];

interface Created {
  readonly __typename: string;
  readonly order?: { readonly id: string; readonly items: readonly unknown[] };
}

interface Answer {
  readonly data?: { readonly createOrder?: Created | null } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
  /** The answer to what is not a GraphQL request. */
  readonly statusCode?: number;
}

const isOnlyRefused = (allowed: ReadonlySet<string>) => allowed.has('refused') && allowed.size === 1;

function keyOf({ customer, input }: HostileRequest): string {
  return `${customer} ${String((input as { idempotencyKey?: unknown } | null | undefined)?.idempotencyKey)}`;
}

const isBusy = ({ errors }: Answer) =>
  errors?.some(({ extensions }) => extensions.code === 'SERVICE_UNAVAILABLE') === true;

describe('createOrder with arbitrary requests', () => {
  let system: TestSystem;
  let process: SystemProcess;
  let tokens: string[];
  let prices: Prices;
  /** How many requests used each key of a customer: at most one of them creates, the others replay or are refused. */
  const uses = new Map<string, number>();
  /** The orders in all answers so far. The first answer for an order can be a replay, if an earlier one was lost. */
  const stored = new Set<string | undefined>();

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    process = await startProcess(system.env);
    tokens = await Promise.all(
      Array.from({ length: CUSTOMERS }, (_, index) => system.token(`fuzz-customer-${index}`)),
    );
    const { rows } = await system.sql.query<{ sku: string; amount: number; currency: string }>(
      'SELECT sku, unit_amount AS amount, currency FROM products WHERE active',
    );
    prices = Object.fromEntries(rows.map(({ sku, ...price }) => [sku, price]));
  });

  afterAll(async () => {
    await process.stop();
    await system.close();
  });

  async function send({ customer, body, contentType }: HostileRequest): Promise<Answer> {
    const response = await fetch(`${process.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        authorization: `Bearer ${tokens[customer] ?? ''}`,
        // Passes Apollo's CSRF prevention, which is not tested here.
        'apollo-require-preflight': 'true',
      },
      body: Buffer.from(body),
    });
    const text = await response.text();
    expect(Buffer.byteLength(text)).toBeLessThan(MAX_ANSWER_BYTES);
    const answer = JSON.parse(text) as Answer;
    const codes = (answer.errors ?? []).map(({ extensions }) => extensions.code);
    for (const code of codes) expect(CODES).toContain(code);
    if (response.status >= 500) expect(codes).toEqual(['SERVICE_UNAVAILABLE']);
    const { data, errors, statusCode } = answer;
    if (data === undefined && errors === undefined) expect([400, 413, 415]).toContain(statusCode);
    return answer;
  }

  /** Retries SERVICE_UNAVAILABLE, as a client should. */
  async function sendUntilServed(request: HostileRequest): Promise<Answer> {
    let answer = await send(request);
    for (let retries = 0; isBusy(answer) && retries < MAX_RETRIES; retries += 1) {
      await delay(RETRY_PAUSE_MS);
      answer = await send(request);
    }
    return answer;
  }

  /** Sends the request and checks its answer against the documentation. */
  async function check(request: HostileRequest): Promise<Created | undefined> {
    const allowed = 'input' in request ? new Set<string>(allowedAnswers(request.input, prices)) : undefined;
    const name = allowed === undefined || isOnlyRefused(allowed) ? undefined : keyOf(request);
    // Of two concurrent requests, either may come first.
    if (name !== undefined) uses.set(name, (uses.get(name) ?? 0) + 1);
    const answer = await sendUntilServed(request);
    const created = answer.data?.createOrder ?? undefined;
    if (allowed === undefined) return created;
    if (name !== undefined && uses.get(name) !== 1)
      allowed.add('IdempotencyKeyReused').add('CreateOrderSuccess');
    const kind = created?.__typename ?? 'refused';
    if (!allowed.has(kind)) {
      throw new Error(`${kind}, not ${[...allowed].join(' or ')}: ${JSON.stringify(answer)}`);
    }
    if (kind === 'refused')
      expect(answer.errors?.length ?? Number(answer.statusCode === 400)).toBeGreaterThan(0);
    return created;
  }

  async function checkAll(requests: readonly HostileRequest[]): Promise<Created[]> {
    const waiting = [...requests];
    const created: Created[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const request = next;
        const one = await check(request).catch((error: unknown) => {
          throw new Error(`after ${JSON.stringify(request)}`, { cause: error });
        });
        if (one !== undefined) created.push(one);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return created;
  }

  test('answers only with documented codes, and stores exactly the valid orders', async () => {
    const kinds = new Map<string, number>();
    const batches = fc.array(hostileRequest, { minLength: BATCH_SIZE, maxLength: BATCH_SIZE });
    await fc.assert(
      fc.asyncProperty(batches, async (requests) => {
        const before = await countRows(system.sql);
        const created = await checkAll(requests);
        const fresh = new Map(created.map(({ order }) => [order?.id, order?.items.length ?? 0]));
        for (const id of [undefined, ...stored]) fresh.delete(id);
        for (const id of fresh.keys()) stored.add(id);
        const items = [...fresh.values()].reduce((sum, count) => sum + count, 0);
        expect(await countRows(system.sql)).toEqual({
          orders: before.orders + fresh.size,
          events: before.events + fresh.size,
          messages: before.messages + fresh.size,
          items: before.items + items,
        });
        for (const { __typename } of created) kinds.set(__typename, (kinds.get(__typename) ?? 0) + 1);
      }),
      { numRuns: BATCHES, endOnFailure: true },
    );
    // Enough of the inputs are valid: a fuzzer whose inputs are all refused shows little.
    for (const [kind, least] of [
      ['CreateOrderSuccess', 250],
      ['ProductUnavailable', 20],
      ['PriceChanged', 20],
    ] as const) {
      expect(kinds.get(kind)).toBeGreaterThan(least);
    }
    const body = JSON.stringify({
      query: CreateOrderDocument.toString(),
      variables: { input: orderInput() },
    });
    const last = await send({ customer: 0, body, contentType: 'application/json' });
    expect(last.data?.createOrder?.__typename).toBe('CreateOrderSuccess');
    expect(process.child.exitCode).toBeNull();
    expect(process.lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  }, 180_000);
});
