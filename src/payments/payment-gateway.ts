import type { Money, OrderFailure } from '../orders/order.js';

/** Nest's token for the gateway in use. */
export const PAYMENT_GATEWAY = Symbol('PaymentGateway');

/** Why the gateway refused a payment for good. */
export interface Decline extends OrderFailure {
  /** The gateway's own words, for operators; null where it gave none. */
  readonly gatewayMessage: string | null;
}

/** The gateway refused the request itself, and would refuse it again: an answer, not an outage. */
export interface Refusal {
  readonly status: 'refused';
  readonly decline: Decline;
}

/** The gateway does not know the payment, or it is none of ours: nothing may be concluded about its money. */
export interface UnknownPayment {
  readonly status: 'unknown';
  /** One plain sentence for operators. */
  readonly reason: string;
}

/** One intended payment at the gateway. It can succeed once at most, however often it is confirmed. */
export type PaymentIntent = {
  readonly id: string;
  /** What is to be paid, or was. */
  readonly total: Money;
} & (
  | { readonly status: 'unconfirmed' | 'processing' | 'cancelled' }
  | { readonly status: 'succeeded'; readonly received: Money }
  | { readonly status: 'declined'; readonly decline: Decline }
);

export interface NewPaymentIntent {
  readonly orderId: string;
  /** Minor unit of the currency, as ISO 4217 has it. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly idempotencyKey: string;
}

/** How far a payment's money is on its way back; pending: the gateway will return all of it. */
export type RefundStatus = 'none' | 'pending' | 'succeeded';

/**
 * What the order system needs of a payment gateway. Amounts are in the currency's minor unit as ISO 4217 has it;
 * the adapter converts them to the gateway's own.
 * Every method throws GatewayUnavailableError where the outcome is unknown or the gateway can't be reached.
 */
export interface PaymentGateway {
  /** Prepares a payment; no money moves. */
  createPaymentIntent(input: NewPaymentIntent): Promise<PaymentIntent | Refusal | UnknownPayment>;
  /** Charges. A decline is a value. */
  confirmPaymentIntent(id: string, idempotencyKey: string): Promise<PaymentIntent | Refusal | UnknownPayment>;
  /** The truth about a payment, however old. */
  retrievePaymentIntent(id: string): Promise<PaymentIntent | UnknownPayment>;
  /** Makes sure that the payment can never succeed, unless it already has: the answer tells which. */
  cancelPaymentIntent(id: string): Promise<PaymentIntent | UnknownPayment>;
  /** Returns what is left of a payment that succeeded; one that was returned already stays as it is. */
  refund(paymentIntentId: string, idempotencyKey: string): Promise<RefundStatus | Refusal>;
  /** The truth about a payment's return. @param received what the gateway took */
  retrieveRefundStatus(paymentIntentId: string, received: Money): Promise<RefundStatus>;
  /** Asks for nothing. @param timeoutMs how long to wait for an answer */
  ping(timeoutMs: number): Promise<void>;
}

interface UnavailableOptions extends ErrorOptions {
  /** What the gateway asked to wait, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** The gateway has saved this answer under the idempotency key and would only repeat it. */
  readonly keyConsumed?: boolean;
  /** It says nothing about this one request: the gateway turns everyone away for now. */
  readonly isGlobal?: boolean;
  /** No answer came at all: the gateway may be away, or have trouble with this one request. */
  readonly noResponse?: boolean;
  /** The gateway itself is in trouble: no answer, a 5xx or a 429. An answer about one request is no sign of that. */
  readonly isUnhealthy?: boolean;
}

/** The gateway gave no definite answer: it may or may not have done what it was asked. */
export class GatewayUnavailableError extends Error {
  readonly retryAfterMs: number | undefined;
  readonly keyConsumed: boolean;
  readonly isGlobal: boolean;
  readonly noResponse: boolean;
  readonly isUnhealthy: boolean;

  /** @param reason a few plain words for operators */
  constructor(
    readonly reason: string,
    options: UnavailableOptions = {},
  ) {
    super(reason, options);
    this.name = 'GatewayUnavailableError';
    this.retryAfterMs = options.retryAfterMs;
    this.keyConsumed = options.keyConsumed ?? false;
    this.isGlobal = options.isGlobal ?? false;
    this.noResponse = options.noResponse ?? false;
    this.isUnhealthy = options.isUnhealthy ?? false;
  }
}
