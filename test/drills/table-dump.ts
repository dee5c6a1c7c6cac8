import type { StoredDiscrepancy } from './money.js';

/** The contents of the tables, to be compared with the API. */
export interface TableDump {
  readonly orders: readonly {
    readonly id: string;
    readonly customerId: string;
    readonly idempotencyKey: string;
    readonly status: string;
    readonly version: number;
    readonly totalAmount: number;
    readonly currency: string;
    /** The type of its newest event. */
    readonly lastEvent: string;
    readonly itemCount: number;
    readonly eventCount: number;
    readonly messageCount: number;
  }[];
  /** Messages not yet delivered. */
  readonly waitingMessages: readonly {
    readonly id: string;
    readonly orderId: string;
    readonly kind: string;
  }[];
  readonly deadLetters: readonly { readonly id: string; readonly orderId: string; readonly state: string }[];
  /** The payment that counts for an order. */
  readonly payments: readonly { readonly orderId: string; readonly paymentId: string }[];
  readonly discrepancies: readonly StoredDiscrepancy[];
  /** Orders that are not stored, and were named by a job or a payment. */
  readonly missingOrders: readonly { readonly orderId: string; readonly namedBy: string }[];
}
