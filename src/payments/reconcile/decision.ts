/** REFUND returns the money, ACCEPT only closes the discrepancy. */
export const DISCREPANCY_ACTIONS = ['REFUND', 'ACCEPT'] as const;
export type DiscrepancyAction = (typeof DISCREPANCY_ACTIONS)[number];

/** The mutation's name, for the audit log. */
export const RESOLVE_DISCREPANCY = 'resolvePaymentDiscrepancy';

/** An operator's decision about a discrepancy. */
export interface Decision {
  /** The discrepancy's. */
  readonly id: string;
  /** The operator's id. */
  readonly by: string;
  readonly reason: string;
}
