/**
 * An order's life as data. A diagram in the docs is tested against this table, and checkTransitions() runs
 * at start. `transition-order.ts` is the only code that writes a status.
 *
 * Who moves an order out of a status:
 * PENDING: the payment worker, when it starts the charge; whoever cancels.
 * PAYMENT_PROCESSING: the payment worker or a webhook, with the gateway's outcome; whoever cancels; an operator.
 * CONFIRMED: whoever cancels. It is at rest, and not final.
 * CANCELLING: the payment worker, when nothing is owed; an operator.
 * PAYMENT_FAILED and CANCELLED: nobody.
 */
export const ORDER_STATUSES = [
  'PENDING',
  'PAYMENT_PROCESSING',
  'CONFIRMED',
  'PAYMENT_FAILED',
  'CANCELLING',
  'CANCELLED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Where an order comes from that does not exist yet. */
export const START = '[*]';

type Targets = Readonly<Partial<Record<OrderStatus | typeof START, OrderStatus>>>;

/** For each event: the statuses in which it may happen, and where it leads from each. */
export const TRANSITIONS = {
  ORDER_CREATED: { [START]: 'PENDING' },
  PAYMENT_STARTED: { PENDING: 'PAYMENT_PROCESSING' },
  PAYMENT_ATTEMPT_FAILED: { PAYMENT_PROCESSING: 'PAYMENT_PROCESSING', CANCELLING: 'CANCELLING' },
  PAYMENT_SUCCEEDED: { PAYMENT_PROCESSING: 'CONFIRMED' },
  PAYMENT_DECLINED: { PAYMENT_PROCESSING: 'PAYMENT_FAILED' },
  CANCELLATION_REQUESTED: { PAYMENT_PROCESSING: 'CANCELLING', CONFIRMED: 'CANCELLING' },
  REFUND_SUCCEEDED: { CANCELLING: 'CANCELLING' },
  ORDER_CANCELLED: { PENDING: 'CANCELLED', CANCELLING: 'CANCELLED' },
  DEAD_LETTERED: {
    PENDING: 'PENDING',
    PAYMENT_PROCESSING: 'PAYMENT_PROCESSING',
    CANCELLING: 'CANCELLING',
  },
  DEAD_LETTER_RETRIED: {
    PENDING: 'PENDING',
    PAYMENT_PROCESSING: 'PAYMENT_PROCESSING',
    CANCELLING: 'CANCELLING',
  },
  DEAD_LETTER_DISCARDED: {
    PENDING: 'PAYMENT_FAILED',
    PAYMENT_PROCESSING: 'PAYMENT_FAILED',
    CANCELLING: 'CANCELLED',
  },
  SETTLED_OUTSIDE: { CANCELLING: 'CANCELLED' },
} as const satisfies Readonly<Record<string, Targets>>;
export type OrderEventType = keyof typeof TRANSITIONS;

/** Statuses that no event leaves; a subscription completes after an event that leads to one of these. */
const FINAL: ReadonlySet<OrderStatus> = new Set(['PAYMENT_FAILED', 'CANCELLED']);
/** Statuses in which no work is due. CONFIRMED is at rest but not final: a cancellation can leave it. */
const AT_REST: ReadonlySet<OrderStatus> = new Set(['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED']);

export function isFinal(status: OrderStatus): boolean {
  return FINAL.has(status);
}

export function isAtRest(status: OrderStatus): boolean {
  return AT_REST.has(status);
}

/** Where the event leads from `status`; undefined where it may not happen there. */
export function statusAfter(type: OrderEventType, status: OrderStatus): OrderStatus | undefined {
  const targets: Targets = TRANSITIONS[type];
  return targets[status];
}

/**
 * Faults of a transition table, one sentence each: unknown or unreachable statuses, edges out of a final
 * one, statuses that are neither at rest nor ever left.
 */
export function checkTransitions(
  table: Readonly<Record<string, Readonly<Record<string, string>>>> = TRANSITIONS,
): string[] {
  const known = new Set<string>([START, ...ORDER_STATUSES]);
  const edges = Object.entries(table).flatMap(([type, targets]) =>
    Object.entries(targets).map(([from, to]) => ({ type, from, to })),
  );
  const faults = edges.flatMap(({ type, from, to }) => [
    ...[from, to]
      .filter((status) => !known.has(status))
      .map((status) => `${type} names the unknown status ${status}`),
    ...(FINAL.has(from as OrderStatus) ? [`${type} leaves the final status ${from}`] : []),
  ]);
  const reached = new Set<string>([START]);
  for (let size = 0; size !== reached.size;) {
    size = reached.size;
    for (const { from, to } of edges) if (reached.has(from)) reached.add(to);
  }
  for (const status of ORDER_STATUSES) {
    if (!reached.has(status)) faults.push(`${status} can't be reached`);
    const left = edges.some(({ from, to }) => from === status && to !== status);
    if (!left && !AT_REST.has(status)) faults.push(`nothing leaves ${status}, which is not at rest`);
  }
  return faults;
}
