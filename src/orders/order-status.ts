/**
 * An order's life as data. A diagram in the docs is tested against this table, and checkTransitions() runs
 * at start. `transition-order.ts` is the only code that writes a status.
 *
 * Who moves an order out of a status:
 * PENDING: the payment worker, when it starts the charge.
 * PAYMENT_PROCESSING: the payment worker, with the gateway's outcome.
 * CONFIRMED and PAYMENT_FAILED: nobody; the order is at rest.
 */
export const ORDER_STATUSES = ['PENDING', 'PAYMENT_PROCESSING', 'CONFIRMED', 'PAYMENT_FAILED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

interface Transition {
  /** The statuses in which the event may happen; empty for the event that creates the order. */
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
}

export const TRANSITIONS = {
  ORDER_CREATED: { from: [], to: 'PENDING' },
  PAYMENT_STARTED: { from: ['PENDING'], to: 'PAYMENT_PROCESSING' },
  PAYMENT_ATTEMPT_FAILED: { from: ['PAYMENT_PROCESSING'], to: 'PAYMENT_PROCESSING' },
  PAYMENT_SUCCEEDED: { from: ['PAYMENT_PROCESSING'], to: 'CONFIRMED' },
  PAYMENT_DECLINED: { from: ['PAYMENT_PROCESSING'], to: 'PAYMENT_FAILED' },
} as const satisfies Readonly<Record<string, Transition>>;
export type OrderEventType = keyof typeof TRANSITIONS;

/** Statuses that no event leaves; a subscription completes after an event that leads to one of these. */
const FINAL: ReadonlySet<OrderStatus> = new Set(['PAYMENT_FAILED']);
/** Statuses in which no work is due. CONFIRMED is at rest but not final: a cancellation will leave it. */
const AT_REST: ReadonlySet<OrderStatus> = new Set(['CONFIRMED', 'PAYMENT_FAILED']);

export function isFinal(status: OrderStatus): boolean {
  return FINAL.has(status);
}

export function isAtRest(status: OrderStatus): boolean {
  return AT_REST.has(status);
}

/** Whether the event may happen to an order in `status`. */
export function allows(type: OrderEventType, status: OrderStatus): boolean {
  const from: readonly OrderStatus[] = TRANSITIONS[type].from;
  return from.includes(status);
}

/**
 * Faults of a transition table, one sentence each: unknown or unreachable statuses, edges out of a final
 * one, statuses that are neither at rest nor ever left.
 */
export function checkTransitions(
  table: Readonly<Record<string, { readonly from: readonly string[]; readonly to: string }>> = TRANSITIONS,
): string[] {
  const known = new Set<string>(ORDER_STATUSES);
  const entries = Object.entries(table);
  const faults = entries.flatMap(([type, { from, to }]) => [
    ...[...from, to]
      .filter((status) => !known.has(status))
      .map((status) => `${type} names the unknown status ${status}`),
    ...from
      .filter((status) => FINAL.has(status as OrderStatus))
      .map((status) => `${type} leaves the final status ${status}`),
  ]);
  const reached = new Set(entries.filter(([, { from }]) => from.length === 0).map(([, { to }]) => to));
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const [, { from, to }] of entries) if (from.some((status) => reached.has(status))) reached.add(to);
  }
  for (const status of ORDER_STATUSES) {
    if (!reached.has(status)) faults.push(`${status} can't be reached`);
    const left = entries.some(([, { from, to }]) => from.includes(status) && to !== status);
    if (!left && !AT_REST.has(status)) faults.push(`nothing leaves ${status}, which is not at rest`);
  }
  return faults;
}
