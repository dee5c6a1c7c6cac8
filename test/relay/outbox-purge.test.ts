import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { purgeDelivered } from '../../src/outbox/outbox.js';
import { PurgeOutbox } from '../../src/recovery/purge-outbox.js';
import { OrderSteps } from '../support/order-steps.js';

const HOUR_MS = 3_600_000;

describe('purging the outbox', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open({ OUTBOX_RETENTION_MS: String(HOUR_MS) });
  });

  afterEach(async () => {
    await steps.close();
  });

  async function insert(id: number, created: string, delivered: string | null): Promise<void> {
    await steps.select(
      `INSERT INTO outbox_messages (id, kind, order_id, created_at, delivered_at)
       VALUES ($1, 'CHARGE_ORDER', gen_random_uuid(), now() - $2::interval, now() - $3::interval)`,
      [id, created, delivered],
    );
  }

  async function ids(): Promise<string[]> {
    return (await steps.messages()).map(({ id }) => id);
  }

  test('removes messages delivered before the retention, and nothing else', async () => {
    await insert(1, '3 days', '61 minutes');
    await insert(2, '3 days', '59 minutes');
    await insert(3, '3 days', null);
    await insert(4, '1 second', '0 seconds');
    await insert(5, '3 days', '2 days');
    const purge = new PurgeOutbox(steps.database, steps.config);
    expect(await purge.runOnce()).toEqual({ purged: 2 });
    expect(await ids()).toEqual(['2', '3', '4']);
    expect(await purge.runOnce()).toEqual({ purged: 0 });
    expect(await steps.relay().runOnce()).toEqual({ delivered: 1 });
  });

  test('removes a bounded batch, oldest delivery first', async () => {
    await insert(1, '3 days', '2 hours');
    await insert(2, '3 days', '4 hours');
    await insert(3, '3 days', '3 hours');
    const batch = { batchSize: 2, retentionMs: HOUR_MS };
    expect(await purgeDelivered(steps.database, batch)).toBe(2);
    expect(await ids()).toEqual(['1']);
    expect(await purgeDelivered(steps.database, batch)).toBe(1);
    expect(await ids()).toEqual([]);
  });

  test('by two processes at once removes each message once', async () => {
    for (let id = 1; id <= 50; id += 1) await insert(id, '3 days', '2 hours');
    const batch = { batchSize: 30, retentionMs: HOUR_MS };
    const purged = await Promise.all([
      purgeDelivered(steps.database, batch),
      purgeDelivered(steps.database, batch),
    ]);
    expect(purged[0] + purged[1] + (await ids()).length).toBe(50);
  });
});
