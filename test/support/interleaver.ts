import { randomUUID } from 'node:crypto';
import { DeadLetterQueries } from '../../src/dead-letters/dead-letter-queries.js';
import { DiscardCheck } from '../../src/dead-letters/discard-check.js';
import { DeadLetterCommands } from '../../src/dead-letters/dead-letter-commands.js';
import { Quarantine } from '../../src/dead-letters/quarantine.js';
import { buildPreparePayment } from '../../src/payments/build-tasks.js';
import { CancelOrder } from '../../src/orders/cancel-order.js';
import { CreateOrder } from '../../src/orders/create/create-order.js';
import { OrderQueries } from '../../src/orders/order-queries.js';
import type { OrderTransitions } from '../../src/orders/transition-order.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { WebhookEvents } from '../../src/payments/stripe/webhook-events.js';
import { Actor, type Gate, gated } from './actor.js';
import { type OrderFacts, readFacts, violations, violationsAtRest } from './order-invariants.js';
import { OrderPayer, type PayAgain } from './order-payer.js';
import type { OrderSteps } from './order-steps.js';

/** Work on an order that an actor can begin. */
type Work = 'charge' | 'refund' | 'cancel' | 'retry' | 'discard' | 'poison' | 'webhook' | PayAgain;

/** The next thing to happen; `which` picks one of the working actors. */
export type Action =
  | { readonly act: Work | 'replay' | 'relay' | 'recover' | 'flush' | 'forget keys' }
  | { readonly act: 'complete' | 'time is up' }
  | { readonly act: 'authenticate'; readonly which: number; readonly outcome: 'succeeded' | 'failed' }
  | { readonly act: 'step'; readonly which: number; readonly times: number }
  | { readonly act: 'crash'; readonly which: number }
  | { readonly act: 'fault'; readonly fault: object };

/** More concurrent actors take long and find nothing new. */
const MAX_ACTORS = 6;
/** Enough turns for any order to come to rest. */
const MAX_TURNS = 12;

/** An order and all actors that may work on it, each of which runs step by step. */
export class Interleaver {
  private readonly actors: Actor[] = [];
  private readonly errors: unknown[] = [];
  private facts: OrderFacts | undefined;

  private constructor(
    private readonly steps: OrderSteps,
    private readonly customerId: string,
    private readonly paymentMethod: string,
    private readonly orderId: string,
    private readonly payer: OrderPayer,
  ) {}

  static async open(steps: OrderSteps, paymentMethod: string): Promise<Interleaver> {
    await steps.sandbox.clearFaults();
    const customerId = randomUUID();
    const { id } = await place(steps, customerId, paymentMethod);
    return new Interleaver(steps, customerId, paymentMethod, id, new OrderPayer(steps, id));
  }

  /** The invariants that are violated now, as sentences. */
  async violations(): Promise<string[]> {
    const now = await readFacts(this.steps, this.orderId);
    const found = violations(now, this.facts);
    this.facts = now;
    return [...this.errors.map((error) => `unexpected: ${String(error)}`), ...found];
  }

  async violationsAtRest(): Promise<string[]> {
    const found = await this.violations();
    return this.facts === undefined ? found : [...found, ...violationsAtRest(this.facts)];
  }

  async eventTypes(): Promise<string[]> {
    await this.violations();
    return this.facts?.events.map(({ type }) => type) ?? [];
  }

  async perform(action: Action): Promise<void> {
    switch (action.act) {
      case 'step':
        return this.step(action.which, action.times);
      case 'crash':
        return this.pick(action.which)?.crash();
      case 'fault':
        return this.steps.sandbox.addFault(action.fault);
      case 'forget keys':
        await this.steps.sandbox.call('DELETE', 'idempotency');
        return;
      case 'flush':
        return this.steps.flushRedis();
      case 'relay':
        await this.steps.relay().runOnce();
        return;
      case 'recover':
        return this.recover();
      case 'replay':
        return this.replay();
      case 'complete':
        return this.payer.complete();
      case 'time is up':
        return this.payer.timeIsUp();
      case 'authenticate':
        return this.payer.authenticate(action.which, action.outcome);
      case 'charge':
      case 'refund':
      case 'cancel':
      case 'retry':
      case 'discard':
      case 'poison':
      case 'webhook':
      case 'pay again':
      case 'pay again with the bank':
      case 'pay again in vain':
        return this.begin(action.act);
    }
  }

  /** Ends the faults, finishes all actors and the work that is due, then retries dead letters as an operator. */
  async heal(): Promise<void> {
    await this.steps.sandbox.clearFaults();
    for (const actor of this.actors) while (!actor.done) await actor.step();
    await this.toRest();
    await this.begin('retry');
    for (const actor of this.actors) while (!actor.done) await actor.step();
    await this.toRest();
    // Pages of the bank may still be open: what is at rest can't be paid by them.
    for (const [which] of (await this.payer.payments()).entries())
      await this.payer.authenticate(which, 'succeeded');
  }

  async close(): Promise<void> {
    for (const actor of this.actors) while (!actor.done) await actor.crash();
  }

  private async step(which: number, times: number): Promise<void> {
    const actor = this.pick(which);
    for (let step = 0; step < times; step += 1) await actor?.step();
  }

  private pick(which: number): Actor | undefined {
    const working = this.actors.filter(({ done }) => !done);
    return working[which % working.length];
  }

  private async begin(act: Work): Promise<void> {
    if (this.actors.filter(({ done }) => !done).length >= MAX_ACTORS) return;
    const actor = new Actor(
      act,
      (gate) => this.work(act, gate),
      (error) => this.errors.push(error),
    );
    this.actors.push(actor);
    await actor.ready();
  }

  private async work(act: Work, gate: Gate): Promise<unknown> {
    const { steps, orderId: id } = this;
    const gateway = gated<PaymentGateway>(steps.gateway, gate);
    const transitions = gated<OrderTransitions>(steps.transitions, gate);
    const wakeUp = steps.app.get(RelayWakeUp, { strict: false });
    const queries = steps.app.get(OrderQueries, { strict: false });
    const commands = new DeadLetterCommands(
      new DeadLetterQueries(steps.database),
      transitions,
      new DiscardCheck(steps.database, gateway, buildPreparePayment(steps.taskParts({ gateway }))),
      wakeUp,
    );
    switch (act) {
      case 'charge':
        return steps.chargeOrder({ gateway, transitions }).run(id);
      case 'refund':
        return steps.refundOrder({ gateway, transitions }).run(id);
      case 'cancel':
        return new CancelOrder(queries, transitions, wakeUp).run({
          orderId: id,
          visibleTo: 'all',
          by: 'c',
          actor: 'customer',
          reason: null,
        });
      case 'pay again':
      case 'pay again with the bank':
      case 'pay again in vain':
        return this.payer.payAgain(act, this.customerId, transitions);
      case 'poison':
        return new Quarantine(steps.database, transitions).openDeadLetterFor(id, 'Poison.', 'worker');
      case 'webhook':
        return new WebhookEvents(steps.database, transitions, wakeUp).receive(await this.payer.event());
      case 'retry':
      case 'discard': {
        const letter = await this.openLetter();
        if (letter === undefined) return undefined;
        return act === 'retry'
          ? commands.retry(letter, 'operator')
          : commands.discard({ id: letter, by: 'operator', reason: 'given up' });
      }
    }
  }

  private async openLetter(): Promise<string | undefined> {
    const [letter] = await this.steps.select<{ id: string }>(
      `SELECT id FROM dead_letters WHERE order_id = $1 AND state = 'OPEN'`,
      [this.orderId],
    );
    return letter?.id;
  }

  /** Repeats the client's createOrder call, which must return the same order. */
  private async replay(): Promise<void> {
    const again = await place(this.steps, this.customerId, this.paymentMethod);
    if (again.id !== this.orderId) this.errors.push(`a second order: ${again.id}`);
  }

  /** Makes the order due and runs recovery. */
  private async recover(): Promise<void> {
    await this.steps.select(
      `UPDATE orders SET recover_after = now() - interval '1 second' WHERE id = $1 AND recover_after IS NOT NULL`,
      [this.orderId],
    );
    await this.steps.recoverOrders().runOnce();
  }

  /** Runs recovery, relay and jobs until the order is at rest. */
  private async toRest(): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      await this.payer.timeIsUp();
      await this.recover();
      while ((await this.steps.relay().runOnce()).delivered > 0);
      const { queue, refundQueue } = this.steps;
      const jobs = await Promise.all(
        [queue, refundQueue].map((each) => each.getJobs(['waiting', 'delayed', 'prioritized'])),
      );
      for (const job of jobs.flat()) {
        await job.remove();
        const { orderId } = job.data;
        await (job.name === 'charge-order'
          ? this.steps.chargeToEnd(orderId)
          : this.steps.refundToEnd(orderId));
      }
      if ((await this.violationsAtRest()).length === 0) return;
    }
  }
}

async function place(steps: OrderSteps, customerId: string, paymentMethod: string): Promise<{ id: string }> {
  const outcome = await steps.app.get(CreateOrder, { strict: false }).create({
    customerId,
    idempotencyKey: 'the only one',
    items: [{ sku: 'cup-espresso', quantity: 2 }],
    paymentMethod,
    expectedTotal: null,
  });
  if (outcome.kind !== 'created' && outcome.kind !== 'replayed') throw new Error(outcome.kind);
  return outcome.order;
}
