import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { CancelOrderDocument, CreateOrderDocument, orderInput } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from './orders-support.js';

const CARD = '4242424242424242';
const PAYMENT_METHOD = 'pm_hostile_secret';
const CUSTOMER = 'customer-of-the-hostile-log';
const MAX_LINE_BYTES = 16_384;
/** Text that could break a line, forge one, or change what a terminal shows. */
const HOSTILE = `${CARD} ${PAYMENT_METHOD} ${CUSTOMER}\r\n{"level":"error"}\x1b[2J\u2028\u202e\0 '; DROP TABLE orders; --`;
const LONG = `${HOSTILE}${'x'.repeat(60_000)}`;
/** GraphQL doesn't limit the length of a name. */
const ALIAS = `pm_${CARD}_${PAYMENT_METHOD}_${'a'.repeat(30_000)}`;

describe('the log of a process with hostile clients', () => {
  let system: TestSystem;
  let process: SystemProcess;
  let token: string;
  let client: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'all' });
    process = await startProcess(system.env);
    token = await system.token(CUSTOMER);
    client = new ApiClient(process.url, token);
  });

  afterAll(async () => {
    await process.stop();
    await system.close();
  });

  const post = async (body: string, headers: Record<string, string> = {}) =>
    fetch(`${process.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body,
    });

  /** Puts the texts into every part of a request that accepts text. */
  async function sendHostile(): Promise<void> {
    const input = orderInput({ paymentMethod: PAYMENT_METHOD });
    const query = CreateOrderDocument.toString();
    for (const text of [HOSTILE, LONG]) {
      for (const field of ['idempotencyKey', 'paymentMethod', 'items', 'expectedTotal', text]) {
        await client.send({ query, variables: { input: { ...input, [field]: text } } });
        await client.send({ query, variables: { input: { ...input, [field]: Number(CARD) } } });
      }
      await client.execute(CancelOrderDocument, { input: { orderId: text, reason: text } });
      await client.send({ query: `{ ${text} }` });
      await client.send({ query: `query { order(id: ${JSON.stringify(text)}) { id } }` });
      await client.send({
        query: 'query ($after: String) { products(after: $after) { totalCount } }',
        variables: { after: text },
      });
      await post(text);
      await post(JSON.stringify({ query, operationName: text, variables: { [text]: text } }));
      await post(JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: text } } }));
      await post('{}', { authorization: `Bearer ${token}.${CARD}` });
      await fetch(`${process.url}/${encodeURIComponent(text.slice(0, 2_000))}`);
    }
    await post(JSON.stringify({ query: `{ ${ALIAS}: order(id: "${randomUUID()}") { id } }` }));
  }

  async function sendHostileFrames(): Promise<void> {
    const socket = await RawSocket.connect(process.url, token);
    for (const text of [HOSTILE, LONG.slice(0, 30_000)]) {
      const id = randomUUID();
      socket.subscribe(id, 'subscription ($id: ID!) { orderEvents(orderId: $id) { version } }', {
        id: { text },
      });
      expect((await socket.message('next', id)).payload).toMatchObject({
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      });
      const other = randomUUID();
      socket.subscribe(other, `subscription { ${text} }`);
      await socket.message('error', other);
    }
    socket.send(LONG);
    await socket.closed();
  }

  /** Defects are logged, but not what the client sent. */
  async function causeDefects(): Promise<void> {
    const { order } = await create(client, { paymentMethod: PAYMENT_METHOD });
    await system.sql.query('ALTER TABLE order_items RENAME TO order_items_away');
    try {
      const { errors } = await client.send({
        query: `{ ${ALIAS}: order(id: "${order.id}") { items { sku } } }`,
      });
      expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      const { idempotencyKey, items, paymentMethod } = orderInput({ paymentMethod: PAYMENT_METHOD });
      const failed = await client.send({
        query: `mutation ($input: CreateOrderInput!) { ${ALIAS}: createOrder(input: $input) { __typename } }`,
        variables: { input: { idempotencyKey: `${idempotencyKey} ${CARD}`, items, paymentMethod } },
      });
      expect(failed.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    } finally {
      await system.sql.query('ALTER TABLE order_items_away RENAME TO order_items');
    }
  }

  /** PostgreSQL's error contains the whole row then: "Failing row contains (…)". */
  async function violateConstraint(): Promise<void> {
    await system.sql.query(
      `ALTER TABLE orders ADD CONSTRAINT for_this_test CHECK (payment_method <> '${PAYMENT_METHOD}') NOT VALID`,
    );
    try {
      const { errors } = await client.execute(CreateOrderDocument, {
        input: orderInput({ paymentMethod: PAYMENT_METHOD }),
      });
      expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    } finally {
      await system.sql.query('ALTER TABLE orders DROP CONSTRAINT for_this_test');
    }
  }

  /** The log is written in order: once the line of a later call is there, all earlier ones are. */
  async function untilLogIsRead(): Promise<void> {
    const { order } = await create(client, { paymentMethod: PAYMENT_METHOD });
    await waitFor('the line of the order', () => process.lines.some((line) => line.includes(order.id)));
  }

  test('consists of short lines of JSON, without any text that the clients sent', async () => {
    await sendHostile();
    await sendHostileFrames();
    await untilLogIsRead();
    expect(process.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    await causeDefects();
    await violateConstraint();
    await untilLogIsRead();
    const defects = process.lines.filter((line) => line.includes('request failed unexpectedly'));
    expect(defects.length).toBeGreaterThanOrEqual(3);
    expect(defects.join('\n')).toMatch(/"field":"items".*\n?.*"field":"createOrder"/s);
    for (const line of process.lines) {
      expect(Buffer.byteLength(line)).toBeLessThan(MAX_LINE_BYTES);
      expect(() => JSON.parse(line) as unknown).not.toThrow();
      expect(line).not.toMatch(/[\p{C}\u2028\u2029]|\\u001b/u);
    }
    const all = process.lines.join('\n');
    for (const secret of [
      CARD,
      PAYMENT_METHOD,
      CUSTOMER,
      token,
      token.split('.')[2] ?? token,
      'DROP TABLE',
      'aaaaaaaa',
    ]) {
      expect(all).not.toContain(secret);
    }
  });
});
