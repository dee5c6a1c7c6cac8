/**
 * The statuses a card payment takes here. `processing` is left out: a card is charged while the request
 * is served, so no request can see an intent between two of these.
 */
export type IntentStatus = 'requires_payment_method' | 'requires_confirmation' | 'succeeded' | 'canceled';

/** Why the last charge of an intent failed. */
export interface ChargeFailure {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
  readonly charge: string;
  readonly paymentMethod: string;
}

/** A PaymentIntent as kept in the journal. Amounts are in minor units, times in seconds. */
export interface Intent {
  readonly id: string;
  readonly clientSecret: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly status: IntentStatus;
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly receiptEmail: string | null;
  readonly statementDescriptor: string | null;
  readonly statementDescriptorSuffix: string | null;
  readonly paymentMethod: string | null;
  readonly allowedPaymentMethodTypes: readonly string[] | null;
  readonly automaticPaymentMethods: { readonly allowRedirects: 'always' | 'never' } | null;
  readonly captureMethod: 'automatic' | 'automatic_async';
  readonly confirmationMethod: 'automatic' | 'manual';
  readonly latestCharge: string | null;
  readonly amountReceived: number;
  readonly amountRefunded: number;
  readonly lastFailure: ChargeFailure | null;
  readonly canceledAt: number | null;
  readonly cancellationReason: string | null;
}

/** A refund as kept in the journal. The amount is in minor units, the time in seconds. */
export interface Refund {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly paymentIntent: string;
  readonly reason: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The events that the sandbox sends. */
export type EventType =
  | 'payment_intent.created'
  | 'payment_intent.succeeded'
  | 'payment_intent.payment_failed'
  | 'payment_intent.canceled'
  | 'charge.refunded'
  | 'refund.created';

/** What an endpoint answers, and what it changes. The changes are written before the answer is sent. */
export interface Outcome {
  readonly status: number;
  readonly body: object;
  readonly intent?: Intent;
  readonly refund?: Refund;
  readonly events?: readonly { readonly type: EventType; readonly object: object }[];
}
