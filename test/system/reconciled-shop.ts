import { randomUUID } from 'node:crypto';
import { payment, stripeClient } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';
import { handmadeEvent, post } from '../webhooks/webhook-support.js';
import type { ClosedShop } from './closed-shop.js';

/**
 * Has the shop's relay list a payment of no order by its webhook, close that by the gateway's lists, and cover a gap.
 * @param apiUrl of an api process
 */
export async function reconcileInside(shop: ClosedShop, apiUrl: string): Promise<void> {
  await reconcileOrphan(shop, apiUrl);
  await coverGap(shop);
}

async function reconcileOrphan(shop: ClosedShop, apiUrl: string): Promise<void> {
  const stripe = stripeClient(Number(new URL(shop.system.sandboxUrl).port));
  const { id } = await stripe.paymentIntents.create(payment(randomUUID(), { confirm: true }));
  const intent = { object: 'payment_intent', id, amount: 1_250, currency: 'eur' };
  // While it can't be read, its hint stays: the second event notes it again.
  await shop.during({ kind: 'http_500', endpoint: 'payment_intents.retrieve' }, async () => {
    for (let events = 1; events <= 2; events += 1)
      await post(apiUrl, handmadeEvent('payment_intent.succeeded', intent));
  });
  await untilListed(shop, id, 'OPEN');
  await shop.sandbox.call('POST', 'refunds', { paymentIntent: id });
  await untilListed(shop, id, 'RESOLVED');
}

/** As if PostgreSQL had lost commits: waits until all payments since then are compared. */
async function coverGap({ locked }: ClosedShop): Promise<void> {
  await locked.sql.query(
    `UPDATE database_marker SET gap_from = now() - interval '1 hour', gap_found_at = now() - interval '1 minute',
       gap_reason = 'it was restored'`,
  );
  await waitFor('the gap to be covered', async () => {
    const { rows } = await locked.sql.query('SELECT FROM database_marker WHERE gap_found_at IS NULL');
    return rows.length === 1;
  });
}

async function untilListed({ locked }: ClosedShop, paymentId: string, state: string): Promise<void> {
  await waitFor(`a discrepancy of ${paymentId} that is ${state}`, async () => {
    const { rows } = await locked.sql.query(
      'SELECT FROM payment_discrepancies WHERE gateway_payment_id = $1 AND state = $2::discrepancy_state',
      [paymentId, state],
    );
    return rows.length === 1;
  });
}
