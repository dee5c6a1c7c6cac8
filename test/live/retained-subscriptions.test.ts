import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from '../api/orders-support.js';

const WATCH = 'subscription ($o: ID!, $v: Int) { orderEvents(orderId: $o, afterVersion: $v) { version } }';
const SOCKETS = 4;
const SUBSCRIPTIONS = 500;
const JUNK = 'x'.repeat(62_000);
const MAX_BYTES = 25_000_000;
const ENVIRONMENT = {
  NODE_OPTIONS: '--max-old-space-size=256',
  // Only memory is limited here.
  RATE_LIMIT_CUSTOMER_POINTS: '1000000000',
  WEBSOCKET_MESSAGES_PER_MINUTE: '100000',
  WEBSOCKET_MAX_RETAINED_PER_CUSTOMER_BYTES: String(MAX_BYTES),
};

describe('the memory that subscriptions retain in a process', () => {
  let system: TestSystem;
  let server: SystemProcess;
  let orderId: string;
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', ...ENVIRONMENT });
    server = await startProcess(system.env);
    orderId = (await create(await client('alice'))).order.id;
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    await server.stop();
    await system.close();
  });

  const client = async (sub: string) => new ApiClient(server.url, await system.token(sub));

  async function connect(sub = 'alice'): Promise<RawSocket> {
    const socket = await RawSocket.connect(server.url, await system.token(sub));
    sockets.push(socket);
    return socket;
  }

  interface Subscription {
    readonly id?: string;
    readonly query?: string;
    readonly variables?: object;
    readonly extensions?: object;
  }

  /** Opens SUBSCRIPTIONS on each of SOCKETS sockets. @returns the first answer of each subscription */
  async function fill(subscription: (number: number) => Subscription) {
    const answers: { readonly type: string; readonly payload?: unknown }[] = [];
    for (let index = 0; index < SOCKETS; index += 1) {
      const socket = await connect();
      for (let number = 0; number < SUBSCRIPTIONS; number += 1) {
        const { id = '', ...payload } = subscription(index * SUBSCRIPTIONS + number);
        const given = { query: WATCH, variables: { o: orderId, v: 0 }, ...payload };
        socket.send({ type: 'subscribe', id: `${number}${id}`, payload: given });
      }
      await waitFor('all answers', () => firstAnswers(socket).length === SUBSCRIPTIONS, 60_000);
      answers.push(...firstAnswers(socket));
    }
    return answers;
  }

  function firstAnswers({ messages }: RawSocket) {
    const first = new Map<string | undefined, (typeof messages)[number]>();
    for (const message of messages)
      if (message.id !== undefined && !first.has(message.id)) first.set(message.id, message);
    return [...first.values()];
  }

  async function expectOthersServed(): Promise<void> {
    expect(server.child.exitCode).toBeNull();
    await create(await client('bob'));
  }

  test('contains no undeclared variables: they are refused by name', async () => {
    const answers = await fill(() => ({ variables: { o: orderId, v: 0, junk: JUNK } }));
    const violations = [{ field: 'junk', message: 'is a variable that the subscription does not declare' }];
    const refused = {
      message: 'The input is not valid: junk is a variable that the subscription does not declare.',
      extensions: { code: 'BAD_USER_INPUT', violations },
    };
    for (const { type, payload } of answers) expect([type, payload]).toEqual(['error', [refused]]);
    await expectOthersServed();
  }, 180_000);

  test('is not affected over HTTP, where undeclared variables are accepted', async () => {
    const answer = await (await client('alice')).send({ query: '{ __typename }', variables: { junk: JUNK } });
    expect(answer).toMatchObject({ status: 200, data: { __typename: 'Query' } });
  });

  test('contains no extensions of a message', async () => {
    const answers = await fill(() => ({ extensions: { junk: JUNK } }));
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(['next']));
    await expectOthersServed();
  }, 180_000);

  test('contains one copy of a long document that many subscriptions share', async () => {
    const answers = await fill(() => ({ query: `${WATCH} # ${JUNK}` }));
    expect(new Set(answers.map(({ type }) => type))).toEqual(new Set(['next']));
    await expectOthersServed();
  }, 180_000);

  test.each<[string, (number: number) => Subscription, number]>([
    ['documents', (number) => ({ query: `${WATCH} # ${number} ${JUNK}` }), 2 * JUNK.length],
    ['operation ids', () => ({ id: 'x'.repeat(2_000) }), 8 * 2_000],
  ])(
    'is bounded for each customer with long %s, and freed when the sockets close',
    async (_, subscription, bytes) => {
      const answers = await fill(subscription);
      const accepted = answers.filter(({ type }) => type === 'next').length;
      expect(accepted).toBeGreaterThan(0);
      expect(accepted * bytes).toBeLessThanOrEqual(MAX_BYTES);
      const refused = answers.filter(({ type }) => type === 'error');
      expect(accepted + refused.length).toBe(SOCKETS * SUBSCRIPTIONS);
      for (const { payload } of refused)
        expect(payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } }]);
      await expectOthersServed();
      for (const socket of sockets.splice(0)) socket.close();
      await waitFor('a subscription after them', async () => {
        const socket = await connect();
        socket.subscribe('1', WATCH, { o: orderId, v: 0 });
        return (await waitFor('an answer', () => firstAnswers(socket)[0])).type === 'next';
      });
    },
    180_000,
  );
});
