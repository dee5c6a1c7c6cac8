import type { Evidence, FinalDeadLetter, FinalOrder, LedgerOrder, SeenOrder } from '../evidence.js';
import type { GatewayPayment, WrongCharge } from '../money.js';
import type { TableDump } from '../table-dump.js';
import { orderIn } from './answers.js';
import {
  type Call,
  type CallTo,
  type Create,
  grouped,
  isCallTo,
  pairCalls,
  readCreates,
  readSubscriptions,
  type Subscription,
} from './calls.js';
import { Rewinds } from './rewinds.js';

type Row = TableDump['orders'][number];

/** An order as one answer showed it. */
export interface Sighting {
  readonly call: Call;
  readonly order: SeenOrder;
}

/** Who received an order first, and under which key. */
export interface Acknowledgement {
  readonly call: Call;
  readonly key: string;
}

/** The evidence, indexed once for all rules. */
export interface Facts {
  readonly evidence: Evidence;
  readonly calls: readonly Call[];
  readonly callsById: ReadonlyMap<number, Call>;
  /** By keyId. */
  readonly creates: ReadonlyMap<string, readonly Create[]>;
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>;
  readonly subscriptions: readonly Subscription[];
  readonly subscriptionsOf: ReadonlyMap<string, readonly Subscription[]>;
  /** Calls of payOrder and of cancelOrder, by the order. */
  readonly paysOf: ReadonlyMap<string, readonly CallTo<'payOrder'>[]>;
  readonly cancelsOf: ReadonlyMap<string, readonly CallTo<'cancelOrder'>[]>;
  readonly orders: ReadonlyMap<string, FinalOrder>;
  /** The customers that list an order: exactly one if all is well. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** By keyId of the owner. */
  readonly ordersUnder: ReadonlyMap<string, readonly FinalOrder[]>;
  readonly rows: ReadonlyMap<string, Row>;
  readonly rowsUnder: ReadonlyMap<string, readonly Row[]>;
  readonly letters: ReadonlyMap<string, readonly FinalDeadLetter[]>;
  readonly ledger: ReadonlyMap<string, LedgerOrder>;
  readonly wrongCharges: ReadonlyMap<string, WrongCharge>;
  /** The gateway's payments by the order that they name, … */
  readonly paymentsOf: ReadonlyMap<string, readonly GatewayPayment[]>;
  /** … and by their order key. */
  readonly paymentsUnder: ReadonlyMap<string, readonly GatewayPayment[]>;
  /** When PostgreSQL lost commits. */
  readonly rewinds: Rewinds;
  /** The first answer that named the order to a customer. */
  readonly acknowledged: ReadonlyMap<string, Acknowledgement>;
  /** Calls of orderByIdempotencyKey, by keyId. */
  readonly lookups: ReadonlyMap<string, readonly Call[]>;
  /** The keyIds that were looked up when all was at rest. */
  readonly askedInTheEnd: ReadonlySet<string>;
  readonly operators: ReadonlySet<string>;
}

/** One text for a customer's key. */
export function keyId(customer: string, key: string): string {
  return JSON.stringify([customer, key]);
}

const OPERATOR_ONLY: ReadonlySet<string> = new Set([
  'deadLetters',
  'retryDeadLetter',
  'retryAllDeadLetters',
  'discardDeadLetter',
  'paymentDiscrepancies',
  'resolvePaymentDiscrepancy',
]);

export function gatherFacts(evidence: Evidence): Facts {
  const { history, frames, final, dump } = evidence;
  const calls = pairCalls(history);
  const creates = readCreates(calls);
  const subscriptions = readSubscriptions(calls, frames);
  const listed = Object.entries(final.listed).flatMap(([customer, ids]) =>
    ids.map((id) => ({ customer, id })),
  );
  const owners = new Map(
    [...grouped(listed, ({ id }) => id)].map(([id, entries]) => [
      id,
      entries.map(({ customer }) => customer),
    ]),
  );
  return {
    evidence,
    calls,
    callsById: new Map(calls.map((call) => [call.id, call])),
    creates: grouped(creates, ({ call, input }) => keyId(call.customer, input.key)),
    sightings: grouped(calls.flatMap(sightingsIn), ({ order }) => order.id),
    subscriptions,
    subscriptionsOf: grouped(subscriptions, ({ call }) => call.operation.orderId),
    paysOf: grouped(
      calls.filter((call) => isCallTo(call, 'payOrder')),
      ({ operation }) => operation.orderId,
    ),
    cancelsOf: grouped(
      calls.filter((call) => isCallTo(call, 'cancelOrder')),
      ({ operation }) => operation.orderId,
    ),
    orders: new Map(final.orders.map((order) => [order.id, order])),
    owners,
    ordersUnder: grouped(final.orders, ({ id, idempotencyKey }) =>
      keyId(owners.get(id)?.[0] ?? '', idempotencyKey),
    ),
    rows: new Map(dump.orders.map((row) => [row.id, row])),
    rowsUnder: grouped(dump.orders, ({ customerId, idempotencyKey }) => keyId(customerId, idempotencyKey)),
    letters: grouped(final.deadLetters, ({ order }) => order.id),
    ledger: new Map(evidence.ledger.map((entry) => [entry.orderId, entry])),
    wrongCharges: new Map(evidence.wrongCharges.map((charge) => [charge.orderId, charge])),
    paymentsOf: grouped(evidence.payments, ({ orderId }) => orderId ?? ''),
    paymentsUnder: grouped(evidence.payments, ({ orderKey }) => orderKey ?? ''),
    rewinds: Rewinds.of(evidence),
    acknowledged: firstAnswers(calls),
    lookups: grouped(
      calls.filter((call) => isCallTo(call, 'orderByIdempotencyKey')),
      ({ customer, operation }) => keyId(customer, operation.key),
    ),
    askedInTheEnd: new Set(final.byKey.map(({ customer, key }) => keyId(customer, key))),
    operators: new Set(
      calls
        .filter(({ operation, outcome }) => outcome === 'ok' && OPERATOR_ONLY.has(operation.name))
        .map(({ customer }) => customer),
    ),
  };
}

/** An order is acknowledged by the answer to its creation, or by a lookup of its key. */
function firstAnswers(calls: readonly Call[]): Map<string, Acknowledgement> {
  const first = new Map<string, Acknowledgement>();
  for (const call of calls) {
    const { operation } = call;
    if (operation.name !== 'createOrder' && operation.name !== 'orderByIdempotencyKey') continue;
    const order = orderShownBy(call);
    if (order === undefined) continue;
    const known = first.get(order.id);
    if (known === undefined || call.until < known.call.until)
      first.set(order.id, { call, key: operation.key });
  }
  return first;
}

function sightingsIn(call: Call): Sighting[] {
  const order = orderShownBy(call);
  return order === undefined ? [] : [{ call, order }];
}

function orderShownBy(call: Call): SeenOrder | undefined {
  switch (call.operation.name) {
    case 'createOrder':
    case 'payOrder':
    case 'completePaymentAction':
    case 'cancelOrder':
      return orderIn(field(call.answer, 'order'));
    case 'order':
    case 'orderByIdempotencyKey':
      return orderIn(call.answer);
    case 'orderEvents':
    case 'deadLetters':
    case 'retryDeadLetter':
    case 'retryAllDeadLetters':
    case 'discardDeadLetter':
    case 'paymentDiscrepancies':
    case 'resolvePaymentDiscrepancy':
      return undefined;
  }
}

function field(answer: unknown, name: string): unknown {
  return typeof answer === 'object' && answer !== null
    ? (answer as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
