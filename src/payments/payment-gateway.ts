/** Nest's token for the gateway in use. */
export const PAYMENT_GATEWAY = Symbol('PaymentGateway');

export interface Decline {
  /** The gateway's own code, such as card_declined or insufficient_funds. */
  readonly code: string;
  readonly message: string;
}

/** One intended payment at the gateway. It can succeed once at most, however often it is confirmed. */
export type PaymentIntent = { readonly id: string } & (
  | { readonly status: 'unconfirmed' | 'processing' | 'succeeded' | 'cancelled' }
  | { readonly status: 'declined'; readonly decline: Decline }
);

export interface NewPaymentIntent {
  readonly orderId: string;
  /** Minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  readonly idempotencyKey: string;
}

/** How far a payment's money is on its way back; pending: the gateway will return all of it. */
export type RefundStatus = 'none' | 'pending' | 'succeeded';

/**
 * What the order system needs of a payment gateway.
 * Every method throws GatewayUnavailableError where the outcome is unknown or the gateway can't be reached.
 */
export interface PaymentGateway {
  /** Prepares a payment; no money moves. A definite refusal (no such payment method) is a value. */
  createPaymentIntent(
    input: NewPaymentIntent,
  ): Promise<PaymentIntent | { readonly status: 'refused'; readonly decline: Decline }>;
  /** Charges. A decline is a value. */
  confirmPaymentIntent(id: string, idempotencyKey: string): Promise<PaymentIntent>;
  /** The truth about a payment, however old. */
  retrievePaymentIntent(id: string): Promise<PaymentIntent>;
  /** Makes sure that the payment can never succeed, unless it already has: the answer tells which. */
  cancelPaymentIntent(id: string): Promise<PaymentIntent>;
  /** Returns what is left of a payment that succeeded; one that was returned already stays as it is. */
  refund(paymentIntentId: string, idempotencyKey: string): Promise<RefundStatus>;
  /** The truth about a payment's return. @param amount what was paid, in minor units */
  retrieveRefundStatus(paymentIntentId: string, amount: number): Promise<RefundStatus>;
  /** Asks for nothing. @param timeoutMs how long to wait for an answer */
  ping(timeoutMs: number): Promise<void>;
}

/** The gateway gave no definite answer: it may or may not have done what it was asked. */
export class GatewayUnavailableError extends Error {
  readonly retryAfterMs: number | undefined;
  readonly keySpent: boolean;
  readonly everyonesFault: boolean;
  readonly unanswered: boolean;

  constructor(
    /** A few plain words, safe to show. */
    readonly reason: string,
    options: ErrorOptions & {
      /** What the gateway asked to wait, in ms. */
      readonly retryAfterMs?: number | undefined;
      /** The gateway has saved this answer under the idempotency key and would only repeat it. */
      readonly keySpent?: boolean;
      /** It says nothing about this one request: the gateway turns everyone away for now. */
      readonly everyonesFault?: boolean;
      /** No answer came at all: the gateway may be away, or have trouble with this one request. */
      readonly unanswered?: boolean;
    } = {},
  ) {
    super(reason, options);
    this.name = 'GatewayUnavailableError';
    this.retryAfterMs = options.retryAfterMs;
    this.keySpent = options.keySpent ?? false;
    this.everyonesFault = options.everyonesFault ?? false;
    this.unanswered = options.unanswered ?? false;
  }
}
