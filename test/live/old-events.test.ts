import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/wait-for.js';
import { Desk } from '../api/desk.js';
import {
  cancelledByOperator,
  declined,
  discarded,
  INTERNAL,
  operatorsView,
  readOrder,
  WHOLE_ORDER,
} from '../api/operators-words-support.js';

const MIGRATION = 'prisma/migrations/20261128110000_audit_log/migration.sql';

describe('an order stored before events had an actor', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  /** Stores the events as an earlier release did: one text for customers and operators. */
  async function makeOld(id: string): Promise<void> {
    await desk.steps.select(
      `UPDATE order_events SET detail = coalesce(note, detail), note = NULL, actor = NULL WHERE order_id = $1`,
      [id],
    );
  }

  test.each<[string, (desk: Desk) => Promise<string>]>([
    ['was discarded', discarded],
    ['waits for an operator', (at) => at.deadCharge()],
    ['an operator cancelled, with a refund that fails', cancelledByOperator],
  ])("hides operators' notes and technical errors from its customer where it %s", async (_, order) => {
    const id = await order(desk);
    const before = await operatorsView(desk, id);
    await makeOld(id);
    expect(JSON.stringify(await readOrder(desk.alice, id, WHOLE_ORDER))).not.toMatch(INTERNAL);
    const watch = desk.alice.watch(id, 0);
    await waitFor('all events', () => watch.events.length === before?.events.length);
    watch.stop();
    expect(JSON.stringify(watch.events)).not.toMatch(INTERNAL);
    const notes = (await operatorsView(desk, id))?.events.map(({ note }) => note);
    expect(notes).toEqual(before?.events.map(({ note, detail }) => note ?? detail));
  });

  test('still tells its customer why the payment was declined', async () => {
    const id = await declined(desk);
    await makeOld(id);
    expect((await operatorsView(desk, id))?.events.at(-1)).toEqual({
      version: 3,
      type: 'PAYMENT_DECLINED',
      detail: 'Your card was declined.',
      note: null,
      actor: null,
    });
  });

  test.each([
    ['lost_card', 'card_declined', 'lost_card'],
    ['fraudulent', 'card_declined', 'fraudulent'],
    ['insufficient_funds', 'insufficient_funds', 'insufficient_funds'],
    ['given_up', 'given_up', null],
  ])(
    'with the failure code %s is migrated to the code %s and the gateway code %s',
    async (stored, code, gatewayCode) => {
      const id = await declined(desk);
      await desk.steps.select(
        'UPDATE orders SET failure_code = $2, failure_gateway_code = NULL WHERE id = $1',
        [id, stored],
      );
      const [update = ''] = /^UPDATE "orders" [^;]*;/m.exec(readFileSync(MIGRATION, 'utf8')) ?? [];
      await desk.steps.select(update);
      expect((await operatorsView(desk, id))?.failure).toMatchObject({ code, gatewayCode });
    },
  );
});
