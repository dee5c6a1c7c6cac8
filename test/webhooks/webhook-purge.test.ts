import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PurgeWebhookEvents } from '../../src/recovery/purge-webhook-events.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

const DAY_MS = 86_400_000;

describe('fault 29: webhook events are purged after their retention', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open({ WEBHOOK_RETENTION_MS: String(7 * DAY_MS), RECOVERY_BATCH_SIZE: '2' });
  });

  afterEach(async () => {
    await steps.close();
  });

  async function insert(id: string, age: string): Promise<void> {
    await steps.select(
      `INSERT INTO webhook_events (id, type, received_at) VALUES ($1, 'a.b', now() - $2::interval)`,
      [id, age],
    );
  }

  async function ids(): Promise<string[]> {
    const rows = await steps.select<{ id: string }>('SELECT id FROM webhook_events ORDER BY id');
    return rows.map(({ id }) => id);
  }

  test("in bounded batches, oldest first, by the database's clock", async () => {
    await insert('evt_1', '7 days 1 minute');
    await insert('evt_2', '6 days 23 hours 59 minutes');
    await insert('evt_3', '9 days');
    await insert('evt_4', '8 days');
    await insert('evt_5', '0 seconds');
    const purge = new PurgeWebhookEvents(steps.database, steps.config);
    expect(await purge.runOnce()).toEqual({ purged: 2 });
    expect(await ids()).toEqual(['evt_1', 'evt_2', 'evt_5']);
    expect(await purge.runOnce()).toEqual({ purged: 1 });
    expect(await ids()).toEqual(['evt_2', 'evt_5']);
    expect(await purge.runOnce()).toEqual({ purged: 0 });
  });

  test('by two processes at once, each event once', async () => {
    for (const number of [1, 2, 3, 4]) await insert(`evt_${number}`, '8 days');
    const purge = new PurgeWebhookEvents(steps.database, steps.config);
    const counts = await Promise.all([purge.runOnce(), purge.runOnce()]);
    expect(await ids()).toHaveLength(4 - counts.reduce((sum, { purged }) => sum + purged, 0));
  });

  test('by a process with the relay role', async () => {
    for (const number of [1, 2, 3, 4, 5]) await insert(`evt_${number}`, '8 days');
    await insert('evt_6', '1 day');
    await steps.system.start({ ROLE: 'relay' });
    await waitFor('the purge', async () => (await ids()).length === 1);
    expect(await ids()).toEqual(['evt_6']);
  });
});
