/**
 * The order lifecycle as data: the statuses, and the events that lead from one to another. All other code asks these
 * tables. checkLifecycle() checks them at start, a test compares them with the diagram in the docs, and
 * transition-order.ts is the only code that writes a status.
 */

/** Background work on an order; payments/task.ts describes each task. */
export type Task = 'CHARGE' | 'REFUND';

/** Who moves an order out of a status, apart from the worker. */
type Mover = 'customer' | 'gateway' | 'operator';

/** moving: the money may be taken at any moment. */
type MoneyState = 'untouched' | 'moving' | 'taken' | 'returning' | 'returned';

export interface StatusRule {
  /** No event leaves it. A subscription completes after an event that leads to it. */
  readonly isFinal: boolean;
  /** The task that is due; null where the order is at rest. */
  readonly task: Task | null;
  /** The task only looks for what the customer has done, now and then and when something is heard of it. */
  readonly waitsForCustomer?: boolean;
  readonly movedBy: readonly Mover[];
  readonly money: MoneyState;
  /** The event of a cancellation. accepted: already cancelled. refused: too late. */
  readonly cancellation: 'ORDER_CANCELLED' | 'CANCELLATION_REQUESTED' | 'accepted' | 'refused';
}

export const STATUSES = {
  PENDING: {
    isFinal: false,
    task: 'CHARGE',
    movedBy: ['customer', 'operator'],
    money: 'untouched',
    cancellation: 'ORDER_CANCELLED',
  },
  PAYMENT_PROCESSING: {
    isFinal: false,
    task: 'CHARGE',
    movedBy: ['gateway', 'customer', 'operator'],
    money: 'moving',
    cancellation: 'CANCELLATION_REQUESTED',
  },
  REQUIRES_ACTION: {
    isFinal: false,
    task: 'CHARGE',
    waitsForCustomer: true,
    movedBy: ['customer', 'gateway', 'operator'],
    money: 'moving',
    cancellation: 'CANCELLATION_REQUESTED',
  },
  CONFIRMED: {
    isFinal: false,
    task: null,
    movedBy: ['customer', 'operator'],
    money: 'taken',
    cancellation: 'CANCELLATION_REQUESTED',
  },
  PAYMENT_FAILED: {
    isFinal: false,
    task: null,
    movedBy: ['customer'],
    money: 'untouched',
    cancellation: 'refused',
  },
  CANCELLING: {
    isFinal: false,
    task: 'REFUND',
    movedBy: ['operator'],
    money: 'returning',
    cancellation: 'accepted',
  },
  CANCELLED: {
    isFinal: true,
    task: null,
    movedBy: [],
    money: 'returned',
    cancellation: 'accepted',
  },
} as const satisfies Readonly<Record<string, StatusRule>>;
export type OrderStatus = keyof typeof STATUSES;
export const ORDER_STATUSES = Object.keys(STATUSES) as readonly OrderStatus[];

/** Stands for "no order yet". */
export const START = '[*]';

type Targets = Readonly<Partial<Record<OrderStatus | typeof START, OrderStatus>>>;

/** For each event: the statuses in which it is allowed, and the status that it leads to from each. */
export const TRANSITIONS = {
  ORDER_CREATED: { [START]: 'PENDING' },
  PAYMENT_STARTED: { PENDING: 'PAYMENT_PROCESSING' },
  PAYMENT_ATTEMPT_FAILED: {
    PAYMENT_PROCESSING: 'PAYMENT_PROCESSING',
    REQUIRES_ACTION: 'REQUIRES_ACTION',
    CANCELLING: 'CANCELLING',
  },
  PAYMENT_SUCCEEDED: { PAYMENT_PROCESSING: 'CONFIRMED', REQUIRES_ACTION: 'CONFIRMED' },
  PAYMENT_DECLINED: { PAYMENT_PROCESSING: 'PAYMENT_FAILED', REQUIRES_ACTION: 'PAYMENT_FAILED' },
  PAYMENT_ACTION_REQUIRED: { PAYMENT_PROCESSING: 'REQUIRES_ACTION' },
  PAYMENT_REQUESTED: { PAYMENT_FAILED: 'PENDING' },
  CANCELLATION_REQUESTED: {
    PAYMENT_PROCESSING: 'CANCELLING',
    REQUIRES_ACTION: 'CANCELLING',
    CONFIRMED: 'CANCELLING',
  },
  REFUND_SUCCEEDED: { CANCELLING: 'CANCELLING' },
  ORDER_CANCELLED: { PENDING: 'CANCELLED', CANCELLING: 'CANCELLED' },
  DEAD_LETTERED: {
    PENDING: 'PENDING',
    PAYMENT_PROCESSING: 'PAYMENT_PROCESSING',
    REQUIRES_ACTION: 'REQUIRES_ACTION',
    CANCELLING: 'CANCELLING',
  },
  DEAD_LETTER_RETRIED: {
    PENDING: 'PENDING',
    PAYMENT_PROCESSING: 'PAYMENT_PROCESSING',
    REQUIRES_ACTION: 'REQUIRES_ACTION',
    CANCELLING: 'CANCELLING',
  },
  DEAD_LETTER_DISCARDED: {
    PENDING: 'PAYMENT_FAILED',
    PAYMENT_PROCESSING: 'PAYMENT_FAILED',
    REQUIRES_ACTION: 'PAYMENT_FAILED',
    CANCELLING: 'CANCELLED',
  },
  SETTLED_OUTSIDE: { CANCELLING: 'CANCELLED' },
  DISCREPANCY_FOUND: { CONFIRMED: 'CONFIRMED' },
  DISCREPANCY_RESOLVED: { CONFIRMED: 'CONFIRMED' },
} as const satisfies Readonly<Record<string, Targets>>;
export type OrderEventType = keyof typeof TRANSITIONS;

export const CREATION = { event: 'ORDER_CREATED', status: TRANSITIONS.ORDER_CREATED[START] } as const;

export function isFinal(status: OrderStatus): boolean {
  return STATUSES[status].isFinal;
}

/** The task that is due in `status`, if any. */
export function taskIn(status: OrderStatus): Task | undefined {
  return STATUSES[status].task ?? undefined;
}

export function statusesOf(task: Task): OrderStatus[] {
  return ORDER_STATUSES.filter((status) => taskIn(status) === task);
}

/** Whether the customer's money may be taken at any moment. */
export function mayTakeMoney(status: OrderStatus): boolean {
  return STATUSES[status].money === 'moving';
}

/** Whether a cancellation would change something. */
export function canBeCancelled(status: OrderStatus): boolean {
  const { cancellation } = STATUSES[status];
  return cancellation !== 'accepted' && cancellation !== 'refused';
}

/** Whether the order's task waits for what the customer does at the bank. */
export function waitsForCustomer(status: OrderStatus): boolean {
  const rule: StatusRule = STATUSES[status];
  return rule.waitsForCustomer === true;
}

/** Whether an order in `status` counts on its payment: the money was taken, or work is due that may move it. */
export function countsOnPayment(status: OrderStatus): boolean {
  const { task, money } = STATUSES[status];
  return task !== null || (money !== 'untouched' && money !== 'returned');
}

/** The status after the event; undefined where the event is not allowed in `status`. */
export function statusAfter(type: OrderEventType, status: OrderStatus): OrderStatus | undefined {
  const targets: Targets = TRANSITIONS[type];
  return targets[status];
}

/** Statuses in which work is due that may move money, one way or the other. */
export const STATUSES_WITH_TASK = ORDER_STATUSES.filter((status) => taskIn(status) !== undefined);
/** Of these, the ones whose cancellation returns the money of a payment that is stored. */
export const STATUSES_WITH_PAYMENT = STATUSES_WITH_TASK.filter(
  (status) => STATUSES[status].money !== 'untouched',
);
/** Statuses in which a payment may be confirmed. */
export const STATUSES_TAKING_MONEY = ORDER_STATUSES.filter(mayTakeMoney);
/** Statuses in which the customer has to do something. */
export const STATUSES_WAITING_FOR_CUSTOMER = ORDER_STATUSES.filter(waitsForCustomer);
