import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';
import { storeDiscrepancy } from './discrepancies-support.js';

const GAUGES = /^(payment_discrepancies_open\S*|database_gap_open|missing_orders) (\S+)$/gm;
const KINDS = [
  'ORPHAN_PAYMENT',
  'DOUBLE_PAYMENT',
  'AMOUNT_MISMATCH',
  'REFUNDED_OUTSIDE',
  'DISPUTED',
  'REFUND_FAILED',
];

function report(open: Readonly<Record<string, string>>, gap: string, missing: string) {
  return {
    ...Object.fromEntries(
      KINDS.map((kind) => [`payment_discrepancies_open{kind="${kind}"}`, open[kind] ?? '0']),
    ),
    database_gap_open: gap,
    missing_orders: missing,
  };
}

describe('the gauges of payment discrepancies', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
    // Reconciliation would settle what the gateway does not confirm.
    await steps.sandbox.addFault({ kind: 'outage' });
  });

  afterAll(() => steps.close());

  async function gauges(url: string): Promise<unknown> {
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    return Object.fromEntries([...text.matchAll(GAUGES)].map(([, name, value]) => [name, value]));
  }

  const untilGauges = (url: string, expected: unknown) =>
    waitFor('the gauges', async () => {
      expect(await gauges(url)).toEqual(expected);
      return true;
    });

  test('are told by relay processes alone, and are gone when the relay has stopped', async () => {
    const relay = await steps.system.start({ ROLE: 'relay' });
    expect(await gauges(relay.url)).toEqual(report({}, '0', '0'));
    await relay.stop({ drainDelayMs: 0 });
    for (const ROLE of ['api', 'worker'])
      expect(await gauges((await steps.system.start({ ROLE })).url)).toEqual({});
  });

  test('have every kind, the open ones counted, the gap and the missing orders', async () => {
    const { url } = await steps.system.start({ ROLE: 'relay' });
    for (const state of ['OPEN', 'OPEN', 'RESOLVED'] as const)
      await storeDiscrepancy(steps, { kind: 'ORPHAN_PAYMENT', state });
    await storeDiscrepancy(steps, { kind: 'DISPUTED' });
    await steps.select('UPDATE database_marker SET gap_from = now()');
    await steps.select(`INSERT INTO missing_orders (order_id, named_by) VALUES (gen_random_uuid(), 'job')`);
    await untilGauges(url, report({ ORPHAN_PAYMENT: '2', DISPUTED: '1' }, '1', '1'));
    await steps.select('UPDATE database_marker SET gap_from = NULL');
    await untilGauges(url, report({ ORPHAN_PAYMENT: '2', DISPUTED: '1' }, '0', '1'));
  });

  test('are NaN while the database can not be read, and the other metrics are shown', async () => {
    const { url } = await steps.system.start({ ROLE: 'relay', DATABASE_QUERY_TIMEOUT_MS: '60000' });
    const unknown = report(Object.fromEntries(KINDS.map((kind) => [kind, 'Nan'])), 'Nan', 'Nan');
    const locker = await steps.system.sql.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE payment_discrepancies IN ACCESS EXCLUSIVE MODE');
      await untilGauges(url, unknown);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    await untilGauges(url, report({ ORPHAN_PAYMENT: '2', DISPUTED: '1' }, '0', '1'));
  });
});
