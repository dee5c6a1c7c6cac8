/** In minor units. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** The form of the sandbox's control endpoint, with the currency in lower case. */
export interface WrongCharge {
  readonly orderId: string;
  readonly asked: Money;
  readonly charged: Money;
}

/** A payment as the gateway has it. Amounts are in minor units, the currency in upper case. */
export interface GatewayPayment {
  readonly id: string;
  /** In its metadata; null if it names none. */
  readonly orderId: string | null;
  readonly orderKey: string | null;
  /** ISO 8601, in whole seconds. */
  readonly createdAt: string;
  readonly currency: string;
  /** Taken, before any return. */
  readonly received: number;
  readonly returned: number;
  /** The bank asks the customer, who can still answer: the payment may succeed at any time. */
  readonly waitsForCustomer: boolean;
  readonly dispute: 'none' | 'open' | 'won' | 'lost';
}

/** Money that a fault moved at the gateway, past the system. */
export interface OutsideMovement {
  readonly at: number;
  readonly paymentId: string;
  /** A refund by hand, a refund that the customer's bank sent back, or a dispute. */
  readonly kind: 'refund' | 'failed-refund' | 'dispute';
}

export type DiscrepancyKind =
  'ORPHAN_PAYMENT' | 'DOUBLE_PAYMENT' | 'AMOUNT_MISMATCH' | 'REFUNDED_OUTSIDE' | 'DISPUTED' | 'REFUND_FAILED';

/** A row of payment_discrepancies. */
export interface StoredDiscrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly state: 'OPEN' | 'RESOLVED';
  readonly paymentId: string;
  readonly orderId: string | null;
  readonly foundAmount: number | null;
  /** Who has decided to return the money; null if nobody has. */
  readonly refundBy: string | null;
  readonly resolvedBy: string | null;
}
