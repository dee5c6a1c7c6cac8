import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { SystemStatusDocument } from '../support/operator-documents.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import { storeDiscrepancy } from './discrepancies-support.js';

const COMPARED =
  'payments since then are being compared with the gateway, and until that is done a charge first looks for an earlier ' +
  'payment of its order.';

describe('systemStatus tells', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  async function told(operator = desk.olga) {
    const { systemStatus } = await operator.data(SystemStatusDocument, {});
    const { openPaymentDiscrepancies, missingOrders, notices } = systemStatus;
    return { openPaymentDiscrepancies, missingOrders, notices };
  }

  const setGap = (from: string | null, reason: string | null) =>
    desk.steps.select('UPDATE database_marker SET gap_from = $1, gap_found_at = $1, gap_reason = $2', [
      ...[from, reason],
    ]);

  const miss = (count: number) =>
    desk.steps.select(
      `INSERT INTO missing_orders (order_id, named_by) SELECT gen_random_uuid(), 'job' FROM generate_series(1, $1)`,
      [count],
    );

  test('nothing unusual where nothing is', async () => {
    expect(await told()).toEqual({ openPaymentDiscrepancies: 0, missingOrders: 0, notices: [] });
  });

  test('how many payment discrepancies are open', async () => {
    for (const [kind, state] of [
      ['ORPHAN_PAYMENT', 'OPEN'],
      ['ORPHAN_PAYMENT', 'RESOLVED'],
      ['DISPUTED', 'OPEN'],
    ] as const)
      await storeDiscrepancy(desk.steps, { kind, state });
    expect(await told()).toEqual({ openPaymentDiscrepancies: 2, missingOrders: 0, notices: [] });
    await desk.steps.select('TRUNCATE payment_discrepancies');
  });

  test('how many orders are missing, and where to look', async () => {
    const where = 'docs/operations.md says what to do, under "Missing orders".';
    await miss(1);
    const one = `1 order is named by jobs or payments, but not stored; ${where}`;
    expect(await told()).toMatchObject({ missingOrders: 1, notices: [one] });
    await miss(2);
    const three = `3 orders are named by jobs or payments, but not stored; ${where}`;
    expect(await told()).toMatchObject({ missingOrders: 3, notices: [three] });
    await desk.steps.select('TRUNCATE missing_orders');
  });

  test.each<[string, string | null, string]>([
    ['a reason', 'it is on timeline 2 and was on 1', ' (it is on timeline 2 and was on 1)'],
    ['no reason', null, ''],
  ])('since when PostgreSQL may have lost commits, with %s', async (_, reason, why) => {
    await setGap('2026-11-28T20:14:05.678Z', reason);
    const notices = [
      `PostgreSQL may have lost what it committed since 2026-11-28T20:14:05Z${why}; ${COMPARED}`,
    ];
    expect(await told()).toEqual({ openPaymentDiscrepancies: 0, missingOrders: 0, notices });
    await setGap(null, null);
    expect(await told()).toMatchObject({ notices: [] });
  });

  test('its other parts while payment discrepancies can not be read in time', async () => {
    const locker = await desk.steps.system.sql.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE payment_discrepancies IN ACCESS EXCLUSIVE MODE');
      const { systemStatus } = await desk.olga.data(SystemStatusDocument, {});
      expect(systemStatus).toMatchObject({
        ...{ database: 'UP', openDeadLetters: 0 },
        ...{ openPaymentDiscrepancies: null, missingOrders: null, notices: [] },
      });
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    await waitFor('them to be read again', async () => (await told()).openPaymentDiscrepancies === 0);
  });

  test('nothing of this to customers', async () => {
    const token = await desk.steps.system.token('alice');
    const answer = await new ApiClient(desk.api.url, token).execute(SystemStatusDocument, {});
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
