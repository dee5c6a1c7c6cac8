/** A card payment's statuses. `processing` is left out: a card is charged synchronously, so no request could see it. */
export type IntentStatus =
  'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled';

/** Why an intent's last payment failed. */
export interface PaymentFailure {
  readonly code: string;
  readonly message: string;
  readonly paymentMethod: string;
}

/** Why an intent's last charge failed. A payment also fails without a charge, where the authentication fails. */
export interface ChargeFailure extends PaymentFailure {
  readonly declineCode: string;
  readonly charge: string;
}

export type AuthenticationOutcome = 'succeeded' | 'failed';

/** The authentication of the customer by the bank (3-D Secure), which an intent's latest confirmation needed. */
export interface Authentication {
  readonly id: string;
  /** where the bank's page sends the customer afterwards */
  readonly returnUrl: string | null;
  /** null where the customer has not answered */
  readonly outcome: AuthenticationOutcome | null;
}

/** A chargeback of the whole charge. */
export interface Dispute {
  readonly id: string;
  readonly created: number;
  readonly status: 'needs_response' | 'won' | 'lost';
}

/** A dispute in the list of all. */
export interface ListedDispute extends Dispute {
  readonly intent: Intent;
}

/** What an intent's latest charge has of its own. Later changes of the intent's metadata leave it as it is. */
export interface ChargeRecord {
  readonly created: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** missing where it succeeded, and in journals of earlier versions */
  readonly failure?: ChargeFailure;
  /** the customer was authenticated before */
  readonly authenticated?: true;
}

/** What an intent was created with, before a fault changed it. */
export interface Asked {
  readonly amount: number;
  readonly currency: string;
}

/** A PaymentIntent as stored in the journal. Amounts are in Stripe's units, times in seconds. */
export interface Intent {
  readonly id: string;
  readonly clientSecret: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly status: IntentStatus;
  readonly metadata: Readonly<Record<string, string>>;
  /** in milliseconds; missing in journals of earlier versions, where metadata never changed */
  readonly metadataChangedAt?: number;
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
  /** missing where there is no charge, and in journals of earlier versions */
  readonly charge?: ChargeRecord;
  readonly amountReceived: number;
  readonly amountRefunded: number;
  readonly lastFailure: PaymentFailure | ChargeFailure | null;
  /** missing where the latest confirmation needed none */
  readonly authentication?: Authentication | undefined;
  readonly canceledAt: number | null;
  readonly cancellationReason: string | null;
  readonly dispute?: Dispute | undefined;
  readonly asked?: Asked;
  /** only where a fault has changed the mode */
  readonly livemode?: true;
}

/** A refund as stored in the journal. The amount is in Stripe's units, the time in seconds. */
export interface Refund {
  readonly id: string;
  readonly created: number;
  readonly amount: number;
  readonly currency: string;
  readonly charge: string;
  readonly paymentIntent: string;
  readonly reason: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** the customer's bank has returned the money to the merchant */
  readonly failed?: true;
}

export type EventType =
  | 'payment_intent.created'
  | 'payment_intent.requires_action'
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

/** An endpoint's response and its changes, which are stored before the response is sent. */
export interface Outcome {
  readonly status: number;
  readonly body: object;
  readonly intent?: Intent;
  readonly refund?: Refund;
  /** only with an intent, from which they take their mode */
  readonly events?: readonly { readonly type: EventType; readonly object: object }[];
}
