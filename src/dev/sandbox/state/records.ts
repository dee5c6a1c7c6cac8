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

/** What a cardholder had their bank take back. It holds the whole charge. */
export interface Dispute {
  readonly id: string;
  readonly created: number;
  readonly status: 'needs_response' | 'won' | 'lost';
}

/** What an intent was created with, where a fault has changed it since. */
export interface Asked {
  readonly amount: number;
  readonly currency: string;
}

/** A PaymentIntent as kept in the journal. Amounts are in Stripe's units, times in seconds. */
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
  readonly dispute?: Dispute;
  readonly asked?: Asked;
  /** left out: a test payment, as all are whose mode no fault changes */
  readonly livemode?: true;
}

/** A refund as kept in the journal. The amount is in Stripe's units, the time in seconds. */
export interface Refund {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly paymentIntent: string;
  readonly reason: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** the bank sent the money back */
  readonly failed?: true;
}

/** The events that the sandbox sends. */
export type EventType =
  | 'payment_intent.created'
  | 'payment_intent.succeeded'
  | 'payment_intent.payment_failed'
  | 'payment_intent.canceled'
  | 'charge.refunded'
  | 'charge.refund.updated'
  | 'refund.created'
  | 'refund.updated'
  | 'refund.failed'
  | 'charge.dispute.created'
  | 'charge.dispute.funds_withdrawn'
  | 'charge.dispute.funds_reinstated'
  | 'charge.dispute.closed';

/** What an endpoint answers, and what it changes. The changes are written before the answer is sent. */
export interface Outcome {
  readonly status: number;
  readonly body: object;
  readonly intent?: Intent;
  readonly refund?: Refund;
  /** only with an intent, whose mode they have */
  readonly events?: readonly { readonly type: EventType; readonly object: object }[];
}
