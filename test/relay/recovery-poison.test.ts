import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Quarantine } from '../../src/dead-letters/quarantine.js';
import { QuarantineMessages } from '../../src/recovery/quarantine-messages.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

describe('fault 35: a message of an unknown kind in the outbox', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open({ RECOVERY_STUCK_AFTER_MS: '60000' });
  });

  afterEach(async () => {
    await steps.close();
  });

  function quarantineMessages(
    quarantine = new Quarantine(steps.database, steps.transitions),
  ): QuarantineMessages {
    return new QuarantineMessages(steps.database, quarantine, steps.config);
  }

  async function addMessage(orderId: string, kind = 'FROM_A_NEWER_RELEASE', age = '61 s'): Promise<void> {
    await steps.select(
      `INSERT INTO outbox_messages (kind, order_id, created_at) VALUES ($1, $2, now() - $3::interval)`,
      [kind, orderId, age],
    );
  }

  async function unknownMessages(): Promise<number> {
    const rows = await steps.select(`SELECT FROM outbox_messages WHERE kind NOT LIKE '%_ORDER'`);
    return rows.length;
  }

  async function deadLetters(orderId: string): Promise<{ task: string; state: string; error: string }[]> {
    return steps.select('SELECT task, state, error FROM dead_letters WHERE order_id = $1', [orderId]);
  }

  test('opens a dead letter of its order and is removed, while other messages are delivered', async () => {
    const poisoned = await steps.placeOrder();
    await addMessage(poisoned);
    const others = [await steps.placeOrder(), await steps.placeOrder()];
    expect(await quarantineMessages().runOnce()).toEqual({ removed: 1 });
    const error = 'The outbox held a message of the unknown kind "FROM_A_NEWER_RELEASE".';
    expect(await deadLetters(poisoned)).toEqual([{ task: 'CHARGE', state: 'OPEN', error }]);
    expect((await steps.history(poisoned)).at(-1)).toBe('DEAD_LETTERED');
    expect(await unknownMessages()).toBe(0);
    await steps.system.start({ ROLE: 'relay,worker' });
    for (const orderId of others)
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
    expect(await steps.captures(poisoned)).toBe(0);
    expect(await quarantineMessages().runOnce()).toEqual({ removed: 0 });
    expect(await deadLetters(poisoned)).toHaveLength(1);
  });

  test('is left to a newer release for the recovery time', async () => {
    const orderId = await steps.placeOrder();
    await addMessage(orderId, 'FROM_A_NEWER_RELEASE', '59 s');
    expect(await quarantineMessages().runOnce()).toEqual({ removed: 0 });
    expect(await unknownMessages()).toBe(1);
    expect(await deadLetters(orderId)).toEqual([]);
  });

  test('is removed without a dead letter where its order is at rest, has one already, or does not exist', async () => {
    const atRest = await steps.placeOrder();
    await steps.chargeToEnd(atRest);
    const waits = await steps.placeOrder();
    await addMessage(waits);
    await quarantineMessages().runOnce();
    for (const orderId of [atRest, waits, randomUUID()]) await addMessage(orderId);
    expect(await quarantineMessages().runOnce()).toEqual({ removed: 3 });
    expect(await unknownMessages()).toBe(0);
    expect(await steps.status(atRest)).toBe('CONFIRMED');
    expect(await deadLetters(atRest)).toEqual([]);
    expect(await deadLetters(waits)).toHaveLength(1);
  });

  test('is quoted in bounded length without control characters', async () => {
    const orderId = await steps.placeOrder();
    await addMessage(orderId, `\n\u0007"${'x'.repeat(10_000)}`);
    await quarantineMessages().runOnce();
    const [letter] = await deadLetters(orderId);
    expect(letter?.error).toBe(
      `The outbox held a message of the unknown kind "\\n\\u0007\\"${'x'.repeat(47)}".`,
    );
  });

  test('remains where the process dies before the removal, and is removed by the next sweep without a second dead letter', async () => {
    const orderId = await steps.placeOrder();
    await addMessage(orderId);
    const dying = new Quarantine(steps.database, steps.transitions);
    const order = dying.openDeadLetterFor.bind(dying);
    dying.openDeadLetterFor = async (...parameters) => {
      await order(...parameters);
      throw new Error('killed');
    };
    await expect(quarantineMessages(dying).runOnce()).rejects.toThrow('killed');
    expect(await unknownMessages()).toBe(1);
    expect(await quarantineMessages().runOnce()).toEqual({ removed: 1 });
    expect(await unknownMessages()).toBe(0);
    expect(await deadLetters(orderId)).toHaveLength(1);
  });

  test('remains where its order changes at the same time, and is quarantined by the next sweep', async () => {
    const orderId = await steps.placeOrder();
    await addMessage(orderId);
    const late = new Quarantine(steps.database, steps.transitions);
    late.openDeadLetterFor = async () => undefined;
    expect(await quarantineMessages(late).runOnce()).toEqual({ removed: 0 });
    expect(await unknownMessages()).toBe(1);
    expect(await quarantineMessages().runOnce()).toEqual({ removed: 1 });
    expect(await deadLetters(orderId)).toHaveLength(1);
  });

  test('fault 31: is quarantined once by two sweeps at once', async () => {
    const orders: string[] = [];
    for (let order = 0; order < 10; order += 1) {
      const orderId = await steps.placeOrder();
      orders.push(orderId);
      await addMessage(orderId);
    }
    const runs = await Promise.all([quarantineMessages().runOnce(), quarantineMessages().runOnce()]);
    expect(runs[0].removed + runs[1].removed).toBe(10);
    for (const orderId of orders) expect(await deadLetters(orderId)).toHaveLength(1);
  });

  test('is quarantined by the schedule in the running system', async () => {
    const orderId = await steps.placeOrder();
    await addMessage(orderId);
    await steps.select('UPDATE outbox_messages SET delivered_at = now() WHERE kind = $1', ['CHARGE_ORDER']);
    await steps.system.start({ ROLE: 'relay', RECOVERY_INTERVAL_MS: '100' });
    await waitFor('a dead letter', async () => (await deadLetters(orderId)).length === 1);
    await waitFor('the removal of the message', async () => (await unknownMessages()) === 0);
  });
});
