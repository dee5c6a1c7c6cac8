import type { FinalOrder, SeenEvent } from '../evidence.js';
import type { Call, Subscription } from './calls.js';
import { type Facts, keyId } from './facts.js';

/** What a finding is about. */
export type Subject =
  { readonly orderId: string } | { readonly customer: string; readonly key: string } | 'the run';

interface Line {
  readonly at: number;
  readonly text: string;
}

/** A person reads no more than this; the middle is left out. */
const MAX_LINES = 400;

/** Everything that is known about an order or a key, in order of time. */
export function tellStory(facts: Facts, subject: Subject): string[] {
  if (subject === 'the run') return told(facts, []);
  const orders = ordersOf(facts, subject);
  const ids = new Set('orderId' in subject ? [subject.orderId] : orders.map(({ id }) => id));
  const keys = new Set(
    'orderId' in subject
      ? orders.map(({ id, idempotencyKey }) => keyId(facts.owners.get(id)?.[0] ?? '', idempotencyKey))
      : [keyId(subject.customer, subject.key)],
  );
  const calls = facts.calls.filter((call) => concerns(facts, call, ids, keys));
  const lines = [
    ...calls.flatMap(callLines),
    ...[...ids].flatMap((id) => (facts.subscriptionsOf.get(id) ?? []).flatMap(subscriptionLines)),
    ...orders.flatMap(({ events }) => events.map((event) => eventLine(facts, event))),
    ...facts.evidence.glimpses
      .filter(({ orderId }) => ids.has(orderId))
      .map(({ at, what }) => ({ at, text: `the tables, in one look: ${what}` })),
  ];
  return [...told(facts, lines), ...[...ids].flatMap((id) => lastWords(facts, id))];
}

function ordersOf(facts: Facts, subject: Exclude<Subject, 'the run'>): readonly FinalOrder[] {
  if (!('orderId' in subject)) return facts.ordersUnder.get(keyId(subject.customer, subject.key)) ?? [];
  const order = facts.orders.get(subject.orderId);
  return order === undefined ? [] : [order];
}

function concerns(facts: Facts, call: Call, ids: ReadonlySet<string>, keys: ReadonlySet<string>): boolean {
  const { operation, customer, answer } = call;
  switch (operation.name) {
    case 'createOrder':
      return keys.has(keyId(customer, operation.key)) || mentions(answer, ids);
    case 'orderByIdempotencyKey':
      return keys.has(keyId(customer, operation.key)) || mentions(answer, ids);
    case 'payOrder':
    case 'completePaymentAction':
    case 'cancelOrder':
    case 'orderEvents':
      return ids.has(operation.orderId);
    case 'order':
      return ids.has(operation.id);
    case 'retryDeadLetter':
    case 'discardDeadLetter':
      return [...ids].some((id) => facts.letters.get(id)?.some((letter) => letter.id === operation.id));
    case 'resolvePaymentDiscrepancy':
      return facts.evidence.dump.discrepancies.some(
        (entry) => entry.id === operation.id && ids.has(entry.orderId ?? ''),
      );
    case 'deadLetters':
    case 'retryAllDeadLetters':
    case 'paymentDiscrepancies':
      return false;
  }
}

function mentions(answer: unknown, ids: ReadonlySet<string>): boolean {
  if (answer === undefined || answer === null) return false;
  const text = JSON.stringify(answer);
  return [...ids].some((id) => text.includes(id));
}

function callLines({ id, customer, operation, from, until, outcome, answer, error }: Call): Line[] {
  const { name, ...input } = operation;
  const sent = { at: from, text: `${customer} calls ${name} (#${id}) ${JSON.stringify(input)}` };
  if (until === Infinity) return [sent, { at: from, text: `  #${id} never ends` }];
  const said = error === undefined ? JSON.stringify(answer ?? null) : JSON.stringify(error);
  return [sent, { at: until, text: `  #${id} ends, ${outcome}: ${said}` }];
}

function subscriptionLines({ call, frames, end }: Subscription): Line[] {
  const seen = frames.map(({ at, event }) => ({ at, text: `  #${call.id} is sent ${briefly(event)}` }));
  if (end === undefined) return seen;
  const error = end.error === undefined ? '' : ` ${JSON.stringify(end.error)}`;
  return [...seen, { at: end.at, text: `  #${call.id}: the subscription ends, ${end.how}${error}` }];
}

function eventLine(facts: Facts, event: SeenEvent): Line {
  const at = sinceStart(facts, event.occurredAt);
  return { at, text: `stored (by the database's clock): ${briefly(event)}` };
}

/** On the run's clock; a time that can't be read counts as the start. */
export function sinceStart(facts: Facts, time: string): number {
  const at = Date.parse(time) - Date.parse(facts.evidence.run.startedAt);
  return Number.isNaN(at) ? 0 : at;
}

function briefly({ version, type, status, previousStatus, detail }: SeenEvent): string {
  return `version ${version} ${type}: ${previousStatus ?? 'nothing'} → ${status}${detail === null ? '' : ` (${detail})`}`;
}

/** In order of time, with the faults that were active at the same time. */
function told(facts: Facts, lines: readonly Line[]): string[] {
  const times = lines.map(({ at }) => at);
  const from = lines.length === 0 ? -Infinity : Math.min(...times);
  const until = lines.length === 0 ? Infinity : Math.max(...times);
  const faults = facts.evidence.faults
    .filter((fault) => fault.from <= until && fault.until >= from)
    .flatMap(({ name, target, detail, ...fault }): Line[] => [
      { at: fault.from, text: `FAULT ${name} strikes ${target}: ${detail}` },
      { at: fault.until, text: `FAULT ${name} at ${target} has healed` },
    ]);
  const sorted = [...lines, ...faults]
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => `${(at / 1_000).toFixed(3).padStart(9)} s  ${text}`);
  if (sorted.length <= MAX_LINES) return sorted;
  const half = MAX_LINES / 2;
  return [
    ...sorted.slice(0, half),
    `… ${sorted.length - MAX_LINES} lines left out …`,
    ...sorted.slice(-half),
  ];
}

function lastWords(facts: Facts, id: string): string[] {
  const order = facts.orders.get(id);
  const known = {
    api: order === undefined ? null : { ...order, events: order.events.length },
    'listed by': facts.owners.get(id) ?? [],
    tables: facts.rows.get(id) ?? null,
    ledger: facts.ledger.get(id) ?? null,
    payments: facts.paymentsOf.get(id) ?? [],
    discrepancies: facts.evidence.dump.discrepancies.filter(({ orderId }) => orderId === id),
    'dead letters': facts.letters.get(id) ?? [],
  };
  return Object.entries(known).map(([who, what]) => `at the end, ${who}: ${JSON.stringify(what)}`);
}
