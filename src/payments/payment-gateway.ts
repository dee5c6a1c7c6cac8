import type { Money, OrderFailure } from '../orders/order.js';

/** Nest's injection token. */
export const PAYMENT_GATEWAY = Symbol('PaymentGateway');

/** Why the gateway refused a payment for good. */
export interface Decline extends OrderFailure {
  /** For operators: the gateway's own message, if it gave one. */
  readonly gatewayMessage: string | null;
}

/** The gateway refused this request for good: an answer, not an outage. */
export interface Refusal {
  readonly status: 'refused';
  readonly decline: Decline;
}

/** The gateway does not know the payment, or it is not ours: this says nothing about its money. */
export interface UnknownPayment {
  readonly status: 'unknown';
  /** One plain sentence for operators. */
  readonly reason: string;
}

/** A payment at the gateway. It can succeed only once, however often it is confirmed. */
export type PaymentIntent = {
  readonly id: string;
  /** The amount to be paid, or that was paid. */
  readonly total: Money;
} & (
  | { readonly status: 'unconfirmed' | 'processing' }
  /** decline: of the last try before it was cancelled; null where none was declined */
  | { readonly status: 'cancelled'; readonly decline: Decline | null }
  /** returned: what is back at the customer, or on its way, in the currency of `received` */
  | { readonly status: 'succeeded'; readonly received: Money; readonly returned: number }
  | { readonly status: 'declined'; readonly decline: Decline }
  /** The customer has to authenticate it at the bank, by a secret that is for the customer's browser alone. */
  | { readonly status: 'requires-action'; readonly clientSecret: string }
);

/** The gateway has seen the idempotency key with other parameters, and has done nothing. */
export interface KeyReused {
  readonly status: 'key-reused';
}

export interface NewPaymentIntent {
  readonly orderId: string;
  /** By which the payment can be found again, see GatewayBooks.search(). */
  readonly orderKey: string;
  /** In ISO 4217's minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly idempotencyKey: string;
}

export interface Confirmation {
  readonly paymentMethod: string;
  readonly idempotencyKey: string;
}

/** pending: the gateway will return all of the money. */
export type RefundStatus = 'none' | 'pending' | 'succeeded';

/**
 * The port to a payment gateway. Amounts are in ISO 4217's minor unit; the adapter converts them to the gateway's own.
 * Every method throws GatewayUnavailableError where the outcome is unknown or the gateway can't be reached.
 */
export interface PaymentGateway {
  /** Moves no money. */
  createPaymentIntent(input: NewPaymentIntent): Promise<PaymentIntent | Refusal | UnknownPayment | KeyReused>;
  /** Charges. A decline is a value, not an error. */
  confirmPaymentIntent(
    id: string,
    confirmation: Confirmation,
  ): Promise<PaymentIntent | Refusal | UnknownPayment>;
  /** The payment's current state. */
  retrievePaymentIntent(id: string): Promise<PaymentIntent | UnknownPayment>;
  /** Afterwards the payment can never succeed, unless it already has; the answer says which. */
  cancelPaymentIntent(id: string): Promise<PaymentIntent | UnknownPayment>;
  /** Returns what is left of a payment that succeeded; changes nothing where all was returned before. */
  refund(paymentIntentId: string, idempotencyKey: string): Promise<RefundStatus | Refusal>;
  /** The current state of a payment's refunds. @param received what the customer paid */
  retrieveRefundStatus(paymentIntentId: string, received: Money): Promise<RefundStatus>;
  /** Checks that the gateway answers within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
}

interface UnavailableOptions extends ErrorOptions {
  /** The pause that the gateway asked for, in ms. */
  readonly retryAfterMs?: number | undefined;
  /** The gateway has saved this error under the idempotency key and would only repeat it. */
  readonly keyConsumed?: boolean;
  /** Not about this order, so not counted: any request would fail for now, or the payment is still processing. */
  readonly isGlobal?: boolean;
  /** No response: the gateway may be down, or fail on this one request. */
  readonly noResponse?: boolean;
  /** The gateway is failing: no response, a 5xx or a 429. An answer about one request is no sign of that. */
  readonly isUnhealthy?: boolean;
}

/** The gateway gave no definite answer: it may or may not have done the work. */
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
