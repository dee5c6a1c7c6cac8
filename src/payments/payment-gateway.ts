/** Nest's token for the gateway in use. */
export const PAYMENT_GATEWAY = Symbol('PaymentGateway');

export interface Decline {
  /** The gateway's own code, such as card_declined or insufficient_funds. */
  readonly code: string;
  readonly message: string;
}

/** One intended payment at the gateway. It can succeed once at most, however often it is confirmed. */
export type PaymentIntent = { readonly id: string } & (
  | { readonly status: 'unconfirmed' | 'processing' | 'succeeded' }
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
}

/** The gateway gave no definite answer: it may or may not have done what it was asked. */
export class GatewayUnavailableError extends Error {
  readonly retryAfterMs: number | undefined;
  readonly keySpent: boolean;

  constructor(
    /** A few plain words, safe to show. */
    readonly reason: string,
    options: ErrorOptions & {
      /** What the gateway asked to wait, in ms. */
      readonly retryAfterMs?: number | undefined;
      /** The gateway has saved this answer under the idempotency key and would only repeat it. */
      readonly keySpent?: boolean;
    } = {},
  ) {
    super(reason, options);
    this.name = 'GatewayUnavailableError';
    this.retryAfterMs = options.retryAfterMs;
    this.keySpent = options.keySpent ?? false;
  }
}
