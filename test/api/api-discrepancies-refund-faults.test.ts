import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ApiClient } from '../support/api-client.js';
import { ResolvePaymentDiscrepancyDocument } from '../support/discrepancy-documents.js';
import { ScriptedGateway } from '../support/scripted-gateway.js';
import { Desk } from './desk.js';
import {
  auditOf,
  discrepancyWith,
  payOutside,
  resolve,
  type ResolveResult,
  storeDiscrepancy,
  WHY,
} from './discrepancies-support.js';

const UNDER_WAY = {
  __typename: 'PaymentDiscrepancyNotOpen',
  code: 'PAYMENT_DISCREPANCY_NOT_OPEN',
  message: 'The money is being returned already; this is closed when it is back.',
};

interface Found {
  readonly id: string;
  /** The name under which the sandbox's ledger has the payment. */
  readonly ledger: string;
}

describe('resolvePaymentDiscrepancy with REFUND', () => {
  let desk: Desk;
  let otto: ApiClient;

  beforeAll(async () => {
    desk = await Desk.open();
    otto = new ApiClient(desk.api.url, await desk.steps.system.token('otto', { roles: ['operator'] }));
  });

  afterEach(() => desk.steps.sandbox.clearFaults());

  afterAll(() => desk.close());

  async function orphan(): Promise<Found> {
    const ledger = randomUUID();
    const paymentId = await payOutside(desk.steps, ledger);
    return { ledger, id: await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT', paymentId }) };
  }

  /** The second payment of a CONFIRMED order. */
  async function double(): Promise<Found & { readonly orderId: string }> {
    const [orderId, ledger] = [await desk.confirmed(), randomUUID()];
    const paymentId = await payOutside(desk.steps, ledger);
    return {
      orderId,
      ledger,
      id: await storeDiscrepancy(desk.steps, { kind: 'DOUBLE_PAYMENT', paymentId, orderId }),
    };
  }

  const refund = (id: string, client = desk.olga) => resolve(client, id, 'REFUND');
  const succeeded = (answers: readonly ResolveResult[]) =>
    answers.filter(({ __typename }) => __typename === 'PaymentDiscrepancySuccess');

  async function expectUnavailable(id: string): Promise<void> {
    const variables = { id, action: 'REFUND', reason: WHY } as const;
    const { data, errors } = await desk.olga.execute(ResolvePaymentDiscrepancyDocument, variables);
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) as unknown },
    ]);
    expect(await discrepancyWith(desk.olga, id)).toMatchObject({ state: 'OPEN', resolvedBy: null });
  }

  async function expectRefundedOnce({ id, ledger }: Found): Promise<void> {
    expect(await discrepancyWith(desk.olga, id)).toMatchObject({ state: 'RESOLVED', reason: WHY });
    expect(await desk.steps.sandbox.order(ledger)).toMatchObject({
      captures: 1,
      refunds: 1,
      refunded: 1_250,
    });
    expect(await auditOf(desk.steps, id)).toHaveLength(1);
  }

  test('called ten times at once, returns the money once', async () => {
    const found = await orphan();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refund(found.id)));
    expect(succeeded(answers).length).toBeGreaterThan(0);
    for (const answer of answers) expect(answer.__typename).toMatch(/^PaymentDiscrepancy(Success|NotOpen)$/);
    await expectRefundedOnce(found);
  });

  test('called by two operators at once, is the decision of one', async () => {
    for (let round = 0; round < 5; round += 1) {
      const found = await orphan();
      const answers = await Promise.all([refund(found.id), refund(found.id, otto)]);
      expect(succeeded(answers)).toHaveLength(1);
      const by = answers[0].__typename === 'PaymentDiscrepancySuccess' ? 'olga' : 'otto';
      await expectRefundedOnce(found);
      expect(await discrepancyWith(desk.olga, found.id)).toMatchObject({ resolvedBy: by });
      expect(await auditOf(desk.steps, found.id)).toMatchObject([{ actor: by }]);
    }
  });

  test('against ACCEPT at once: exactly one of them is done', async () => {
    for (let round = 0; round < 8; round += 1) {
      const found = await double();
      const answers = await Promise.all([refund(found.id), resolve(otto, found.id, 'ACCEPT')]);
      expect(succeeded(answers)).toHaveLength(1);
      const isRefunded = answers[0].__typename === 'PaymentDiscrepancySuccess';
      const { refunds } = (await desk.steps.sandbox.order(found.ledger)) ?? {};
      expect(refunds).toBe(isRefunded ? 1 : 0);
      expect(await auditOf(desk.steps, found.id)).toMatchObject([{ actor: isRefunded ? 'olga' : 'otto' }]);
      const events = await desk.steps.history(found.orderId);
      expect(events.filter((type) => type === 'DISCREPANCY_RESOLVED')).toHaveLength(1);
    }
  });

  test.each<[string, object]>([
    ['is out', { kind: 'outage' }],
    ['answers 500', { kind: 'http_500' }],
    ['answers 429', { kind: 'http_429' }],
    ['does not answer', { kind: 'latency', latencyMs: 2_000 }],
    ['can not make the refund', { kind: 'http_500', endpoint: 'refunds.create' }],
    [
      'makes the refund, and its answer is lost',
      { kind: 'charged_then_timeout', endpoint: 'refunds.create', count: 1 },
    ],
    ['can not tell what became of the refund', { kind: 'http_500', endpoint: 'refunds.list' }],
  ])('is retryable where the gateway %s, and the same call again settles it', async (_, fault) => {
    const found = await double();
    await desk.during(fault, () => expectUnavailable(found.id));
    expect(await refund(found.id)).toMatchObject({
      __typename: 'PaymentDiscrepancySuccess',
      discrepancy: { state: 'RESOLVED', resolvedBy: 'olga' },
    });
    await expectRefundedOnce(found);
  });

  test('is answered in time where the gateway is slower than an operator can wait', async () => {
    const { url } = await desk.steps.system.start({ ROLE: 'api', PAYMENT_TIMEOUT_MS: '60000' });
    const patient = new ApiClient(url, await desk.steps.system.token('olga', { roles: ['operator'] }));
    const found = await orphan();
    await desk.during({ kind: 'latency', latencyMs: 20_000 }, async () => {
      const variables = { id: found.id, action: 'REFUND', reason: WHY } as const;
      const { errors } = await patient.execute(ResolvePaymentDiscrepancyDocument, variables);
      expect(errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
    });
    await refund(found.id);
    await expectRefundedOnce(found);
  }, 60_000);

  test('that was decided and is not made yet keeps everybody else from deciding', async () => {
    const found = await orphan();
    await desk.during({ kind: 'http_500', endpoint: 'refunds.create' }, () => expectUnavailable(found.id));
    expect(await refund(found.id, otto)).toEqual(UNDER_WAY);
    for (const client of [desk.olga, otto])
      expect(await resolve(client, found.id, 'ACCEPT')).toEqual(UNDER_WAY);
    expect(await discrepancyWith(desk.olga, found.id)).toMatchObject({ state: 'OPEN', resolvedBy: null });
    await refund(found.id);
    await expectRefundedOnce(found);
  });

  test('that the gateway reports as pending leaves the discrepancy open until the money is back', async () => {
    const gateway = await ScriptedGateway.start(desk.steps.system.sandboxUrl);
    const { url } = await desk.steps.system.start({ ROLE: 'api', STRIPE_API_BASE: gateway.url });
    const token = await desk.steps.system.token('olga', { roles: ['operator'] });
    const olga = new ApiClient(url, token);
    const found = await orphan();
    gateway.play({
      line: /^GET \/v1\/refunds/,
      change: (list) => ({
        ...list,
        data: (list['data'] as object[]).map((entry) => ({ ...entry, status: 'pending' })),
      }),
    });
    for (let time = 1; time <= 2; time += 1) {
      expect(await refund(found.id, olga)).toMatchObject({
        __typename: 'PaymentDiscrepancySuccess',
        discrepancy: { state: 'OPEN', resolvedAt: null, resolvedBy: null },
      });
    }
    expect(await resolve(otto, found.id, 'ACCEPT')).toEqual(UNDER_WAY);
    gateway.play();
    expect(await refund(found.id, olga)).toMatchObject({ discrepancy: { state: 'RESOLVED' } });
    await expectRefundedOnce(found);
    await olga.close();
    await gateway.close();
  });
});
