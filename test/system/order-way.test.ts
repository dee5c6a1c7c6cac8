import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, OrderDocument, orderInput } from '../support/documents.js';
import { PayOrderDocument } from '../support/payment-documents.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';

describe('an order in one process with every role', () => {
  let system: TestSystem;
  let process: SystemProcess;
  let client: ApiClient;

  beforeAll(async () => {
    system = await setup();
    process = await startProcess(system.env);
    client = new ApiClient(process.url, await system.token('alice'));
  });

  afterAll(async () => {
    await client.close();
    expect(await process.stop()).toEqual({ code: 0, signal: null });
    await system.close();
  });

  async function create(paymentMethod: string): Promise<string> {
    const { createOrder } = await client.data(CreateOrderDocument, { input: orderInput({ paymentMethod }) });
    if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
    expect(createOrder).toMatchObject({ replayed: false, order: { status: 'PENDING', version: 1 } });
    return createOrder.order.id;
  }

  test('is CONFIRMED with one capture, and its subscriber gets every event', async () => {
    const id = await create('pm_card_visa');
    const watch = client.watch(id, 0);
    await watch.untilStatus('CONFIRMED');
    expect(
      watch.events.map(({ version, type, previousStatus, status }) => [
        version,
        type,
        previousStatus,
        status,
      ]),
    ).toEqual([
      [1, 'ORDER_CREATED', null, 'PENDING'],
      [2, 'PAYMENT_STARTED', 'PENDING', 'PAYMENT_PROCESSING'],
      [3, 'PAYMENT_SUCCEEDED', 'PAYMENT_PROCESSING', 'CONFIRMED'],
    ]);
    // CONFIRMED is not final: the subscription stays open for a later cancellation.
    expect(watch.ended).toBeUndefined();
    watch.stop();
    const ledger = await fetch(`${system.sandboxUrl}/_sandbox/ledger?order=${id}`);
    expect(await ledger.json()).toMatchObject({
      orders: [{ orderId: id, captured: 1_980, refunded: 0, currency: 'eur', captures: 1, refunds: 0 }],
    });
  });

  test("is PAYMENT_FAILED with the decline's code, and its subscription goes on with the next payment", async () => {
    const id = await create('pm_card_chargeDeclinedInsufficientFunds');
    const watch = client.watch(id, 0);
    expect(await watch.untilStatus('PAYMENT_FAILED')).toMatchObject({
      version: 3,
      type: 'PAYMENT_DECLINED',
      status: 'PAYMENT_FAILED',
    });
    const { order } = await client.data(OrderDocument, { id });
    expect(order).toMatchObject({ status: 'PAYMENT_FAILED', failure: { code: 'insufficient_funds' } });
    const input = { orderId: id, idempotencyKey: randomUUID(), paymentMethod: 'pm_card_visa' };
    await client.data(PayOrderDocument, { input });
    await watch.untilStatus('CONFIRMED');
    expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(watch.ended).toBeUndefined();
    watch.stop();
  });

  test('is logged with its id and without personal data', async () => {
    const id = await create('pm_card_mastercard');
    const watch = client.watch(id);
    await watch.untilStatus('CONFIRMED');
    watch.stop();
    const lines = process.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ orderId }) => orderId === id).map(({ event }) => event)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_SUCCEEDED',
    ]);
    expect(process.lines.join('\n')).not.toMatch(/pm_card|alice|Bearer|eyJ/);
  });
});
