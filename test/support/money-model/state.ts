import type { OrderStatus, Task } from '../../../src/orders/lifecycle.js';
import type { Budget } from './budget.js';

/** A is the first order under the idempotency key. B is the one that the customer creates again when A is lost. */
export type OrderName = 'A' | 'B';

/** PostgreSQL's row of the order. A PaymentIntent is named by its number, from 1; 0 stands for none. */
export interface OrderRow {
  readonly name: OrderName;
  readonly status: OrderStatus;
  /** The stored PaymentIntent. */
  readonly intent: number;
  /** The one that failed before the customer paid again; 0 once it can never succeed. */
  readonly previous: number;
  /** The gateway has refused to create the PaymentIntent. */
  readonly isClosed: boolean;
  readonly generation: number;
  readonly keyNumber: number;
  readonly refundKeyNumber: number;
  readonly hasOpenLetter: boolean;
}

/** A PaymentIntent without an order that counts on it. claimed: an operator is returning its money. */
export type Orphan = 'unlisted' | 'listed' | 'claimed' | 'returned';

/**
 * Whether PostgreSQL has lost commits. recent: so few that a run may not know of it. open: every run knows of it.
 * covered: a sweep has compared the orders with the gateway.
 */
export type Gap = 'none' | 'recent' | 'open' | 'covered';

export interface Intent {
  /** The order of the request that created it. */
  readonly order: OrderName;
  readonly generation: number;
  /** Of a declined one, and of one that requires action, the customer's browser decides. */
  readonly status: 'unconfirmed' | 'requires-action' | 'declined' | 'succeeded' | 'cancelled';
  /** How often its money was returned. */
  readonly returns: number;
}

/** The first answer under an idempotency key. */
export interface SavedAnswer {
  readonly order: OrderName;
  /** 0: an error. */
  readonly intent: number;
}

export interface Gateway {
  readonly intents: readonly Intent[];
  /** By keySlot(). */
  readonly keys: readonly (SavedAnswer | null)[];
  /** By number. */
  readonly refundKeys: readonly ('unused' | 'error' | 'returned')[];
  /** A search finds the first so many PaymentIntents. */
  readonly indexed: number;
}

/** A run without a stored PaymentIntent looks for an earlier one of the order key. */
const EARLIER_STEPS = [
  'search',
  'search-reused-key',
  'cancel-others',
  'adopt',
  'cancel-previous',
  'next-generation',
] as const;
const CHARGE_STEPS = [
  'create',
  'store',
  'confirm',
  'end-payment',
  'wait-for-customer',
  'pay',
  'decline-closed',
] as const;
const REFUND_STEPS = ['cancel', 'look-up-refund', 'refund', 'complete'] as const;
export const RUN_STEPS = [...EARLIER_STEPS, ...CHARGE_STEPS, ...REFUND_STEPS] as const;
export type EarlierStep = (typeof EARLIER_STEPS)[number];
export type ChargeStep = (typeof CHARGE_STEPS)[number];
export type RefundStep = (typeof REFUND_STEPS)[number];

/** A worker's run of a task, between two of its steps. */
export interface Run {
  readonly order: OrderName;
  readonly task: Task;
  /** The order's status when the run began. */
  readonly status: OrderStatus;
  readonly step: (typeof RUN_STEPS)[number];
  /** Until one is found or made, the row's previous one. */
  readonly intent: number;
  /** The slot of its key at the gateway; of a refund, the number. */
  readonly key: number;
  /** The PaymentIntents that its search has found. */
  readonly found: readonly number[];
  /** A refund that began when it was known that commits are lost. */
  readonly knowsOfLoss: boolean;
  /** It has seen that the PaymentIntent holds money although an operator had returned it: the bank has sent it back. */
  readonly knowsOfBounce: boolean;
  /** A planted fault: it has seen that the money was returned, and takes it as paid. */
  readonly ignoresReturn: boolean;
}

export const DISCARD_STEPS = ['cancel-previous', 'create', 'store', 'cancel', 'apply'] as const;

/** A discard check, between two of its steps. */
export interface Discard {
  readonly order: OrderName;
  readonly status: OrderStatus;
  readonly step: (typeof DISCARD_STEPS)[number];
  readonly intent: number;
  readonly key: number;
}

export interface State {
  readonly row: OrderRow | null;
  /** What PostgreSQL can go back to: before the order, unless a backup was made. isOld: the gateway's keys are newer. */
  readonly backup: { readonly row: OrderRow | null; readonly isMade: boolean; readonly isOld: boolean };
  readonly canGoBack: boolean;
  readonly gap: Gap;
  /** Among what PostgreSQL has lost is a cancellation, so money may have been returned without a trace here. */
  readonly hasLostCancellation: boolean;
  /** By PaymentIntent. */
  readonly orphans: readonly Orphan[];
  readonly gateway: Gateway;
  /** Null: the worker is free. */
  readonly workers: readonly (Run | null)[];
  readonly discard: Discard | null;
  readonly budget: Budget;
}

export function intentOf({ gateway }: State, intent: number): Intent | undefined {
  return gateway.intents[intent - 1];
}

/** Whether its money may still be taken. */
export function isOpen(state: State, intent: number): boolean {
  const status = intentOf(state, intent)?.status;
  return status !== undefined && status !== 'succeeded' && status !== 'cancelled';
}

export function holdsMoney(state: State, intent: number): boolean {
  const found = intentOf(state, intent);
  return found?.status === 'succeeded' && found.returns === 0;
}

/** The row, where it is still this order's. */
export function rowOf({ row }: State, name: OrderName): OrderRow | undefined {
  return row?.name === name ? row : undefined;
}
