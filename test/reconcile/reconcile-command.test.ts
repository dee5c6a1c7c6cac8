import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CommandResult, runCommand } from '../support/run-command.js';
import type { Environment } from '../support/test-system.js';
import { ReconcileDesk, TOTAL } from './reconcile-desk.js';

let desk: ReconcileDesk;

beforeAll(async () => {
  desk = await ReconcileDesk.open();
}, 60_000);

afterAll(async () => {
  await desk.close();
}, 60_000);

async function reconcile(parameters: readonly string[] = [], env: Environment = {}): Promise<CommandResult> {
  return runCommand('reconcile.js', {
    parameters,
    env: { ...desk.steps.system.env, LOG_LEVEL: 'info', ...env },
  });
}

const PROGRESS = /^(payments|refunds|disputes): \d+ compared$/;

/** The tests run in order. */
describe('npm run reconcile', () => {
  test('prints that there is nothing, exits with 0, and leaves the relay its own progress', async () => {
    await desk.confirmed();
    const progress = 'SELECT * FROM reconcile_progress ORDER BY list';
    const before = await desk.steps.select(progress);
    const { code, stdout, stderr } = await reconcile();
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No discrepancies.\n' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(PROGRESS);
    expect(await desk.steps.select(progress)).toEqual(before);
  });

  test('prints and records each difference, and exits with 3, again and again', async () => {
    const orphan = await desk.capture();
    const { orderId, paymentId } = await desk.confirmed();
    await desk.outside('refunds', { paymentIntent: paymentId, amount: 80 });
    for (let time = 1; time <= 2; time += 1) {
      const { code, stdout } = await reconcile(['--since', '1h']);
      expect(code).toBe(3);
      const lines = stdout.trimEnd().split('\n').toSorted();
      expect(lines).toEqual([
        '2 open.',
        expect.stringMatching(
          new RegExp(`^\\S+Z ORPHAN_PAYMENT ${orphan} no order: expected nothing, found ${TOTAL} EUR. .+`),
        ),
        expect.stringMatching(
          new RegExp(
            `^\\S+Z REFUNDED_OUTSIDE ${paymentId} order ${orderId}: expected ${TOTAL} EUR, found 1900 EUR. .+`,
          ),
        ),
      ]);
    }
    expect([await desk.kinds(orphan), await desk.kinds(paymentId)]).toEqual([
      ['ORPHAN_PAYMENT OPEN'],
      ['REFUNDED_OUTSIDE OPEN'],
    ]);
  });

  test('prints one JSON document with --json', async () => {
    const { code, stdout } = await reconcile(['--json']);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual({
      since: expect.stringMatching(/Z$/),
      compared: { payments: 3, refunds: 1, disputes: 0 },
      open: expect.arrayContaining([
        expect.objectContaining({
          kind: 'ORPHAN_PAYMENT',
          orderId: null,
          foundAmount: TOTAL,
          foundCurrency: 'EUR',
        }),
        expect.objectContaining({ kind: 'REFUNDED_OUTSIDE', expectedAmount: TOTAL, foundAmount: 1_900 }),
      ]),
    });
  });

  test('also works while a relay reconciles, moves no money, and closes what is gone', async () => {
    const { orderId } = await desk.confirmed();
    const second = await desk.capture({ order_id: orderId });
    const results = await Promise.all([reconcile(['--json']), reconcile(['--json']), desk.reconcile()]);
    expect(results.slice(0, 2).map((result) => (result as CommandResult).code)).toEqual([3, 3]);
    expect(await desk.kinds(second)).toEqual(['DOUBLE_PAYMENT OPEN']);
    expect(await desk.held(second)).toBe(TOTAL);
    const open = await desk.steps.select<{ payment: string }>(
      `SELECT gateway_payment_id AS payment FROM payment_discrepancies WHERE state = 'OPEN' AND kind <> 'REFUNDED_OUTSIDE'`,
    );
    for (const { payment } of open) await desk.outside('refunds', { paymentIntent: payment });
    await desk.steps.select(
      `UPDATE payment_discrepancies SET state = 'RESOLVED', resolved_at = now(), resolved_by = 'olga', reason = 'fine'
       WHERE kind = 'REFUNDED_OUTSIDE'`,
    );
    // Nothing of that is as young as a second: only that they are open has them compared again.
    const { code, stdout } = await reconcile(['--since', '0s']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No discrepancies.\n' });
  });

  test.each([
    ['an unknown option', ['--until', '1h'], '--until'],
    ['an invalid duration', ['--since', 'yesterday'], 'yesterday'],
  ])('exits with 2 for %s, with the usage', async (_what, parameters, named) => {
    const { code, stdout, stderr } = await reconcile(parameters);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr).toContain('usage: npm run reconcile -- [--since 24h] [--json]');
  });

  test.each([
    ['a setting is missing', { DATABASE_URL: '' }, /^DATABASE_URL: is required\n$/],
    ['the database is away', { DATABASE_URL: 'postgresql://127.0.0.1:1/none' }, /^reconcile: .+\n$/],
    [
      'the gateway is away',
      { STRIPE_API_BASE: 'http://127.0.0.1:1' },
      /^reconcile: the payment gateway did not answer\n$/,
    ],
    [
      'the key is wrong',
      { STRIPE_SECRET_KEY: 'sk_test_other' },
      /^reconcile: the payment gateway answered 401\n$/,
    ],
  ])('exits with 1 where %s, with one line', async (_why, env, line) => {
    const { code, stdout, stderr } = await reconcile([], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
