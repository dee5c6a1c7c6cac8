import { readCancel } from './answers.js';
import { type Create, isCallTo } from './calls.js';
import type { Facts } from './facts.js';
import { calmSamples } from './outbox.js';
import { expectedRefusal } from './refusals.js';
import { lostIn } from './lost-orders.js';

/** A run of this length has everything that happens by chance; a shorter one may not. */
const ENOUGH_ORDERS = 200;

/** Why the run proves too little, even if nothing is broken. */
export function whyVacuous(facts: Facts, orders: number): string[] {
  const { run, faults } = facts.evidence;
  const acknowledged = facts.acknowledged.size;
  const struck = new Set(faults.filter((fault) => fault.struck > 0).map(({ name }) => name));
  return [
    ...(acknowledged < orders ? [`only ${acknowledged} of ${orders} orders were acknowledged`] : []),
    ...run.faults.filter((name) => !struck.has(name)).map((name) => `the fault ${name} never struck`),
    ...harmlessRewinds(facts),
    ...(acknowledged >= ENOUGH_ORDERS ? missing(facts) : []),
  ];
}

/** What did not happen in the run, although the rules need it to check anything. */
function missing(facts: Facts): string[] {
  const { evidence, calls, creates, subscriptions, orders } = facts;
  const keys = [...creates.values()];
  const happened: readonly (readonly [string, boolean])[] = [
    ['no answer was a replay', keys.some((key) => key.some(isReplay))],
    ['no key had two calls at once', keys.some(hasTwoAtOnce)],
    ['nobody tried again after an unknown outcome', evidence.run.faults.length === 0 || keys.some(hasRetry)],
    [
      'no order was cancelled',
      calls.some((call) => isCallTo(call, 'cancelOrder') && readCancel(call).kind === 'success'),
    ],
    ['no subscription was resumed', subscriptions.some(({ call }) => (call.operation.afterVersion ?? 0) > 0)],
    ['no subscriber saw an event', subscriptions.some(({ frames }) => frames.length > 0)],
    ['no payment was declined', anyEvent(facts, 'PAYMENT_DECLINED')],
    ['no payment waited for its customer', anyEvent(facts, 'PAYMENT_ACTION_REQUIRED')],
    [
      'no customer came too late to authenticate a payment',
      [...orders.values()].some(({ failure }) => failure?.code === 'authentication_timeout'),
    ],
    ['no order was paid again', anyEvent(facts, 'PAYMENT_REQUESTED')],
    [
      'the gateway refused no order',
      [...orders.values()].some((order) => expectedRefusal(facts, order) !== undefined),
    ],
    [
      'no sample of the calm could be judged',
      evidence.run.calm.length === 0 || calmSamples(facts).length > 0,
    ],
  ];
  return happened.flatMap(([why, did]) => (did ? [] : [why]));
}

function anyEvent({ orders }: Facts, wanted: string): boolean {
  return [...orders.values()].some(({ events }) => events.some(({ type }) => type === wanted));
}

/** Faults that made PostgreSQL lose commits, and no order that a customer knew of. */
function harmlessRewinds(facts: Facts): string[] {
  const harmful = new Set([...facts.acknowledged.keys()].map((id) => lostIn(facts, id)?.fault));
  return [...new Set(facts.rewinds.all.map(({ fault }) => fault))]
    .filter((fault) => !harmful.has(fault))
    .map((fault) => `no acknowledged order was lost by ${fault}`);
}

function isReplay({ outcome }: Create): boolean {
  return outcome.kind === 'success' && outcome.replayed;
}

function hasTwoAtOnce(creates: readonly Create[]): boolean {
  const answered = creates.filter(({ outcome }) => outcome.kind === 'success');
  return answered.some(({ call }, index) => (answered[index + 1]?.call.from ?? Infinity) < call.until);
}

function hasRetry(creates: readonly Create[]): boolean {
  return creates.some(
    ({ call, outcome }) =>
      outcome.kind === 'unknown' && creates.some((other) => other.call.from >= call.until),
  );
}
