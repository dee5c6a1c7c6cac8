import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import {
  CompletePaymentActionDocument,
  OrderProgressDocument,
  PayOrderDocument,
} from '../support/payment-documents.js';
import { Control } from '../support/sandbox.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from './orders-support.js';

const NEEDS_CUSTOMER = 'pm_card_threeDSecure2Required';
const METRICS_TOKEN = 'a token of the tests';

describe('the client secret of a payment action', () => {
  let system: TestSystem;
  let process: SystemProcess;
  let alice: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'all', METRICS_TOKEN, PAYMENT_MAX_ATTEMPTS: '2' });
    // Everything that this system can log.
    process = await startProcess(system.env, 'dist/main.js', 'debug');
    alice = new ApiClient(process.url, await system.token('alice'));
  });

  afterAll(async () => {
    await alice.close();
    await process.stop();
    await system.close();
  });

  /** @returns the secret of an order that waits for its customer */
  async function untilSecret(id: string): Promise<string> {
    return waitFor('the payment action', async () => {
      const { order } = await alice.data(OrderProgressDocument, { id });
      return order?.paymentAction?.clientSecret;
    });
  }

  async function untilStatus(id: string, status: string): Promise<void> {
    await waitFor(status, async () => {
      const { order } = await alice.data(OrderProgressDocument, { id });
      return order?.status === status;
    });
  }

  /** The customer fails at the bank, and then pays with the same kind of card, and succeeds. */
  async function walk(id: string): Promise<string[]> {
    const bank = new Control(system.sandboxUrl);
    const secrets: string[] = [];
    for (const outcome of ['failed', 'succeeded']) {
      const secret = await untilSecret(id);
      secrets.push(secret);
      await bank.answerBank(secret.split('_secret_')[0] ?? '', outcome);
      await alice.data(CompletePaymentActionDocument, { orderId: id });
      if (outcome === 'succeeded') continue;
      await untilStatus(id, 'PAYMENT_FAILED');
      const input = { orderId: id, idempotencyKey: 'again', paymentMethod: NEEDS_CUSTOMER };
      await alice.data(PayOrderDocument, { input });
    }
    await untilStatus(id, 'CONFIRMED');
    return secrets;
  }

  /** PostgreSQL's error contains the whole row then: "Failing row contains (…)". */
  async function failToStore(): Promise<string> {
    await system.sql.query(
      'ALTER TABLE payments ADD CONSTRAINT for_this_test CHECK (action_client_secret IS NULL) NOT VALID',
    );
    try {
      const { order } = await create(alice, { paymentMethod: NEEDS_CUSTOMER });
      await waitFor('the failed job', () =>
        process.lines.some((line) => line.includes('payment job failed') && line.includes(order.id)),
      );
      return order.id;
    } finally {
      await system.sql.query('ALTER TABLE payments DROP CONSTRAINT for_this_test');
    }
  }

  test('is in no log line, no metric, no event and no dead letter, also where storing it fails', async () => {
    const { order } = await create(alice, { paymentMethod: NEEDS_CUSTOMER });
    const secrets = await walk(order.id);
    expect(new Set(secrets).size).toBe(2);
    await failToStore();
    await waitFor('the lines of the order', () =>
      process.lines.some((line) => line.includes(order.id) && line.includes('PAYMENT_SUCCEEDED')),
    );
    const metrics = await fetch(`${process.url}/metrics`, {
      headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    });
    expect(metrics.status).toBe(200);
    const { rows } = await system.sql.query(
      `SELECT to_jsonb(e)::text AS text FROM order_events e UNION ALL SELECT to_jsonb(d)::text FROM dead_letters d
       UNION ALL SELECT to_jsonb(m)::text FROM outbox_messages m UNION ALL SELECT to_jsonb(w)::text FROM webhook_events w`,
    );
    for (const text of [process.lines.join('\n'), await metrics.text(), JSON.stringify(rows)]) {
      expect(text.length).toBeGreaterThan(100);
      expect(text).not.toContain('_secret_');
      for (const secret of secrets) expect(text).not.toContain(secret.split('_secret_')[1]);
    }
  }, 60_000);
});
