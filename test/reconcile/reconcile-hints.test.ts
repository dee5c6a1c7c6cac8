import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WebhookDrill } from '../webhooks/webhook-support.js';
import { waitFor } from '../support/wait-for.js';
import { ReconcileDesk } from './reconcile-desk.js';

describe('a webhook makes reconciliation compare the payment, long before the lists are read:', () => {
  let drill: WebhookDrill;

  beforeAll(async () => {
    drill = await WebhookDrill.open();
    drill.postbox.forwardTo = drill.url;
    await drill.steps.system.start({ ROLE: 'relay', RECOVERY_INTERVAL_MS: '100' });
  }, 60_000);

  afterAll(async () => {
    await drill.close();
  }, 60_000);

  async function confirmed(): Promise<{ orderId: string; paymentIntent: string }> {
    const orderId = await drill.steps.placeOrder();
    await drill.steps.chargeToEnd(orderId);
    return { orderId, paymentIntent: await drill.paymentIntentId(orderId) };
  }

  async function outside(path: string, body: object): Promise<void> {
    expect(await drill.sandbox.control.call('POST', path, body)).toMatchObject({ status: 200 });
  }

  async function untilListed(paymentIntent: string, expected: readonly string[]): Promise<void> {
    await waitFor(`${paymentIntent} as ${expected.join()}`, async () => {
      const rows = await drill.steps.select<{ listed: string }>(
        `SELECT kind || ' ' || state AS listed FROM payment_discrepancies WHERE gateway_payment_id = $1 ORDER BY id`,
        [paymentIntent],
      );
      return rows.map(({ listed }) => listed).join() === expected.join();
    });
  }

  async function untilNoHints(): Promise<void> {
    const hints = () => drill.steps.select('SELECT FROM reconcile_hints');
    await waitFor('no hints', async () => (await hints()).length === 0);
  }

  test('a refund that was made in the dashboard', async () => {
    const { paymentIntent } = await confirmed();
    await outside('refunds', { paymentIntent, amount: 80 });
    await untilListed(paymentIntent, ['REFUNDED_OUTSIDE OPEN']);
  });

  test('a dispute, and its end', async () => {
    const { paymentIntent } = await confirmed();
    await outside('disputes', { paymentIntent });
    await untilListed(paymentIntent, ['DISPUTED OPEN']);
    await outside('disputes', { paymentIntent, outcome: 'won' });
    await untilListed(paymentIntent, ['DISPUTED RESOLVED']);
  });

  test('a refund that failed after its order was cancelled', async () => {
    const { orderId, paymentIntent } = await confirmed();
    await drill.steps.cancel(orderId);
    await drill.steps.refundToEnd(orderId);
    const { data } = await drill.sandbox.stripe.refunds.list({ payment_intent: paymentIntent });
    await outside(`refunds/${data[0]?.id ?? ''}/fail`, {});
    await untilListed(paymentIntent, ['REFUND_FAILED OPEN']);
  });

  test('money that another program has taken', async () => {
    const { id } = await drill.sandbox.stripe.paymentIntents.create({
      amount: 500,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: ['card'],
      confirm: true,
    });
    await untilListed(id, ['ORPHAN_PAYMENT OPEN']);
  });

  test('not for what this system does itself', async () => {
    await untilNoHints();
    const { orderId, paymentIntent } = await confirmed();
    const untilStored = async (type: string) => {
      const { event } = await drill.letter(orderId, type);
      await waitFor(type, async () => {
        const stored = await drill.steps.select('SELECT FROM webhook_events WHERE id = $1', [event.id]);
        return stored.length === 1;
      });
    };
    const requests = async () => {
      const counts = await drill.sandbox.control.requests(`?order=${orderId}`);
      return counts['payment_intents.retrieve'] ?? 0;
    };
    await untilStored('payment_intent.succeeded');
    await drill.steps.cancel(orderId);
    await drill.steps.refundToEnd(orderId);
    const before = await requests();
    await untilStored('refund.created');
    await untilStored('charge.refunded');
    expect(await drill.steps.select('SELECT FROM reconcile_hints')).toEqual([]);
    // A hint that came and went would have been retrieved.
    expect(await requests()).toBe(before);
    await untilListed(paymentIntent, []);
  });
});

describe('a hint', () => {
  let desk: ReconcileDesk;

  beforeAll(async () => {
    desk = await ReconcileDesk.open();
  }, 60_000);

  afterAll(async () => {
    await desk.close();
  }, 60_000);

  afterEach(async () => {
    await desk.steps.sandbox.clearFaults();
    await desk.steps.select('DELETE FROM reconcile_hints');
  });

  async function hint(...paymentIds: string[]): Promise<void> {
    for (const id of paymentIds)
      await desk.steps.select('INSERT INTO reconcile_hints (payment_intent_id) VALUES ($1)', [id]);
  }

  const hints = async () =>
    (await desk.steps.select<{ id: string }>('SELECT payment_intent_id AS id FROM reconcile_hints')).map(
      ({ id }) => id,
    );

  test('about a payment that the gateway does not know is dropped', async () => {
    await hint('pi_unknown');
    await desk.sweep().runOnce();
    expect(await hints()).toEqual([]);
  });

  test('at whose payment the gateway fails is tried again later, and holds up no other', async () => {
    const [bad, good] = [await desk.capture(), await desk.capture()];
    await hint(bad, good);
    await desk.steps.sandbox.addFault({ kind: 'http_500', endpoint: 'payment_intents.retrieve', count: 1 });
    await desk.sweep().runOnce();
    expect([await desk.kinds(bad), await desk.kinds(good)]).toEqual([[], ['ORPHAN_PAYMENT OPEN']]);
    expect(await hints()).toEqual([bad]);
    await desk.sweep().runOnce();
    expect([await desk.kinds(bad), await hints()]).toEqual([['ORPHAN_PAYMENT OPEN'], []]);
  });

  test('stays while the gateway is away', async () => {
    const payment = await desk.capture();
    await hint(payment);
    await desk.steps.sandbox.addFault({ kind: 'outage' });
    await expect(desk.sweep().runOnce()).rejects.toThrow('did not answer');
    await desk.steps.sandbox.clearFaults();
    expect(await hints()).toEqual([payment]);
  });

  test('that comes while its payment is being compared is compared again', async () => {
    const payment = await desk.capture();
    await hint(payment);
    const books = Object.assign(Object.create(desk.books) as typeof desk.books, {
      retrieve: async (id: string) => {
        const before = await desk.books.retrieve(id);
        await desk.outside('refunds', { paymentIntent: payment, amount: 80 });
        await desk.steps.select(
          `INSERT INTO reconcile_hints (payment_intent_id) VALUES ($1)
           ON CONFLICT (payment_intent_id) DO UPDATE SET noted_at = clock_timestamp()`,
          [payment],
        );
        return before;
      },
    });
    await desk.sweep({ books }).runOnce();
    expect(await desk.listed(payment)).toMatchObject([{ found: 1_980 }]);
    expect(await hints()).toEqual([payment]);
    await desk.sweep().runOnce();
    expect(await desk.listed(payment)).toMatchObject([{ found: 1_900 }]);
  });
});
