import type { Money } from '../orders/order.js';
import type { PaymentIntent, UnknownPayment } from './payment-gateway.js';

/** Nest's injection token. */
export const GATEWAY_BOOKS = Symbol('GatewayBooks');

/**
 * none, won: the money stays. open: the customer's bank may take it back. lost: it has. disputed: one of them, see
 * retrieve().
 */
export type DisputeState = 'none' | 'disputed' | 'open' | 'won' | 'lost';

/** A payment as the gateway's books have it, whoever made it. */
export interface BookedPayment {
  readonly id: string;
  readonly createdAt: Date;
  readonly status: PaymentIntent['status'];
  /** The amount to be paid, or that was paid. */
  readonly total: Money;
  /** Taken from the customer, before any refund; 0 until the payment succeeds. In the currency of `total`. */
  readonly received: number;
  /** Returned, or on its way back. In the currency of `total`. */
  readonly returned: number;
  readonly dispute: DisputeState;
  /** Null where the payment names no order. */
  readonly orderId: string | null;
  /** The hash of customer and idempotency key; null for payments from before such hashes, and for other programs'. */
  readonly orderKey: string | null;
}

/** A payment of which a refund or a dispute tells. */
export interface ChangedPayment {
  readonly paymentId: string;
  /** Of the refund or the dispute. */
  readonly createdAt: Date;
  /** The bank has sent the refund back, perhaps long after it was created. */
  readonly hasFailed: boolean;
}

/** The lists of the gateway, newest first. */
export type BookList = 'payments' | 'refunds' | 'disputes';

export interface BookWindow {
  /** Inclusive; the gateway knows whole seconds. */
  readonly from: Date;
  /** Inclusive. */
  readonly to: Date;
  /** The id after which the page begins; null for the first page. */
  readonly afterId: string | null;
}

/** A page of at most 100 entries. */
export interface BookPage<Entry> {
  readonly entries: readonly Entry[];
  /** For the next page; null where this is the last one. */
  readonly afterId: string | null;
}

/**
 * The port to a gateway's books: all its payments, whether an order knows them or not. Amounts are in ISO 4217's minor
 * unit. Every method throws GatewayUnavailableError where the gateway can't be reached.
 */
export interface GatewayBooks {
  /** Payments that were created in a window. Up to date, unlike search(). */
  listPayments(window: BookWindow): Promise<BookPage<BookedPayment>>;
  /** The payments of refunds or disputes that were created in a window. */
  listChanged(list: 'refunds' | 'disputes', window: BookWindow): Promise<BookPage<ChangedPayment>>;
  /** With the state of its dispute. */
  retrieve(id: string): Promise<BookedPayment | UnknownPayment>;
  /** The payments of an order key, newest first, without those that the gateway has not indexed yet. */
  search(orderKey: string): Promise<BookedPayment[]>;
  /** Names an order in the payment's metadata. */
  assign(id: string, orderId: string): Promise<void>;
}
