import { type OrderStatus, STATUSES, taskIn } from '../../orders/lifecycle.js';
import type { Money } from '../../orders/order.js';
import type { BookedPayment } from '../gateway-books.js';
import { type DiscrepancyKind, heldOf } from './discrepancy.js';

/** What is stored of the order that a payment belongs to, or that it names. */
export interface KnownOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly total: Money;
  /** Of the payment that counts; null where none is stored. */
  readonly paymentIntentId: string | null;
  /** The gateway has refused to create the payment, and none can be stored. */
  readonly paymentIsClosed: boolean;
  /** Its last event says that what was owed was settled in another way. */
  readonly wasSettledOutside: boolean;
  /** It has an open dead letter. */
  readonly waitsForOperator: boolean;
}

/** One difference between the gateway's books and an order. */
export interface Difference {
  readonly kind: DiscrepancyKind;
  readonly paymentId: string;
  /** Undefined for an orphan. */
  readonly order: KnownOrder | undefined;
  readonly orderKey: string | null;
  readonly expected: Money | null;
  readonly found: Money;
  /** One plain sentence for operators. */
  readonly detail: string;
}

type Finding = Pick<Difference, 'kind' | 'expected' | 'found' | 'detail'>;

/**
 * Compares a payment with its order. While a task of the order is due, the money may be anywhere on its way: it may
 * still have to be taken, or to be returned. Money that a bank has taken, or may take, can't be returned, so it is a
 * dispute and nothing else, unless the order counts on it.
 * @param payment with the state of its dispute
 * @param order undefined where none is stored
 */
export function comparePayment(payment: BookedPayment, order: KnownOrder | undefined): Difference[] {
  const findings = [
    ...disputes(payment, order),
    ...(order === undefined ? orphan(payment) : ofOrder(payment, order)),
  ];
  const common = { paymentId: payment.id, order, orderKey: payment.orderKey };
  return findings.map((finding) => ({ ...common, ...finding }));
}

function disputes(payment: BookedPayment, order: KnownOrder | undefined): Finding[] {
  if (!isDisputed(payment)) return [];
  const isLost = payment.dispute === 'lost';
  const detail = `The customer's bank ${isLost ? 'has taken this payment back' : 'may take this payment back: it is disputed'}.`;
  const expected = order === undefined ? null : expectedOf(payment, order);
  return [{ kind: 'DISPUTED', expected, found: held(payment), detail }];
}

function orphan(payment: BookedPayment): Finding[] {
  if (!isKept(payment)) return [];
  const names =
    payment.orderId === null ? 'no order' : `the order ${payment.orderId}, which is not stored here`;
  const detail = `The payment names ${names}, and the gateway holds ${shown(held(payment))}.`;
  return [{ kind: 'ORPHAN_PAYMENT', expected: null, found: held(payment), detail }];
}

function ofOrder(payment: BookedPayment, order: KnownOrder): Finding[] {
  if (order.paymentIntentId === payment.id) return ofItsPayment(payment, order);
  if (order.paymentIntentId !== null) return second(payment, order);
  // It is attached to the order, or its order will be without a payment when it comes to rest.
  return taskIn(order.status) === 'CHARGE' ? [] : unexpected(payment, order);
}

function ofItsPayment(payment: BookedPayment, order: KnownOrder): Finding[] {
  if (taskIn(order.status) === 'REFUND') return heldOf(payment) > 0 ? wrongAmount(payment, order) : [];
  if (!countsOnMoney(order)) return unexpected(payment, order);
  const found = held(payment);
  // What was taken too much has been returned.
  if (isSame(found, order.total)) return [];
  const findings = wrongAmount(payment, order);
  const isLess = found.currency === order.total.currency && found.amount < order.total.amount;
  // Only a cancelled order's money is returned by this system.
  if (payment.returned === 0 || !isLess) return findings;
  const detail = `${shown({ ...found, amount: payment.returned })} of ${shown(order.total)} were returned outside this system.`;
  return [...findings, { kind: 'REFUNDED_OUTSIDE', expected: order.total, found, detail }];
}

function wrongAmount(payment: BookedPayment, order: KnownOrder): Finding[] {
  const found = { amount: payment.received, currency: payment.total.currency };
  // A payment that is still to be taken is not wrong yet; a confirmed order needs one that was.
  const isUndecided = payment.received === 0 && taskIn(order.status) !== undefined;
  if (isUndecided || isSame(found, order.total)) return [];
  const detail = `The gateway has taken ${shown(found)} for an order of ${shown(order.total)}.`;
  return [{ kind: 'AMOUNT_MISMATCH', expected: order.total, found, detail }];
}

function second(payment: BookedPayment, order: KnownOrder): Finding[] {
  if (!isKept(payment)) return [];
  const found = held(payment);
  const detail = `The payment of this order is ${order.paymentIntentId ?? 'another one'}, and the gateway holds ${shown(found)} by this one.`;
  return [{ kind: 'DOUBLE_PAYMENT', expected: expectedOf(payment, order), found, detail }];
}

/** Money for an order that counts on none. */
function unexpected(payment: BookedPayment, order: KnownOrder): Finding[] {
  if (!isKept(payment) || order.wasSettledOutside) return [];
  const kind =
    STATUSES[order.status].money === 'returned' && order.paymentIntentId === payment.id
      ? 'REFUND_FAILED'
      : 'AMOUNT_MISMATCH';
  const found = held(payment);
  const detail = `The order is ${order.status}, and the gateway holds ${shown(found)}.`;
  return [{ kind, expected: expectedOf(payment, order), found, detail }];
}

/** What the gateway should hold by this payment. */
function expectedOf({ id }: BookedPayment, order: KnownOrder): Money {
  const counts = countsOnMoney(order) && (order.paymentIntentId ?? id) === id;
  return counts ? order.total : { ...order.total, amount: 0 };
}

/** Whether the money is taken, or is to be taken. */
function countsOnMoney({ status }: KnownOrder): boolean {
  return STATUSES[status].money === 'taken' || taskIn(status) === 'CHARGE';
}

function isDisputed({ dispute }: BookedPayment): boolean {
  return dispute !== 'none' && dispute !== 'won';
}

function isKept(payment: BookedPayment): boolean {
  return heldOf(payment) > 0 && !isDisputed(payment);
}

function held(payment: BookedPayment): Money {
  return { amount: heldOf(payment), currency: payment.total.currency };
}

function isSame(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency;
}

function shown({ amount, currency }: Money): string {
  return `${amount} ${currency} (minor units)`;
}
