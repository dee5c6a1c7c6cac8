import type { GatewayPayment, Money, OutsideMovement, WrongCharge } from './money.js';
import type { TableDump } from './table-dump.js';

/**
 * What a run leaves behind, and all that the checker reads. All times (`at`) are milliseconds
 * since the run's start on one monotonic clock, except the system's own (ISO 8601).
 */
export interface Evidence {
  readonly run: RunFacts;
  readonly history: readonly HistoryEntry[];
  readonly frames: readonly FrameEntry[];
  readonly faults: readonly FaultEntry[];
  readonly samples: readonly Sample[];
  /** What was broken in one snapshot of the tables during the run. */
  readonly glimpses: readonly Glimpse[];
  /** Processes that ended without being killed. */
  readonly exits: readonly UnexpectedExit[];
  readonly rest: RestFacts;
  readonly final: FinalAnswers;
  readonly ledger: readonly LedgerOrder[];
  /** Payments for which a fault made the gateway take another amount than requested. */
  readonly wrongCharges: readonly WrongCharge[];
  /** All of the gateway's payments. */
  readonly payments: readonly GatewayPayment[];
  /** Money that faults moved past the system. */
  readonly outside: readonly OutsideMovement[];
  readonly rewinds: readonly Rewind[];
  readonly dump: TableDump;
}

export interface RunFacts {
  readonly seed: number;
  /** Repeats the run; if absent, the seed alone does. */
  readonly command?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Prices of the catalogue by SKU, in minor units. */
  readonly prices: Readonly<Record<string, Money & { readonly active: boolean }>>;
  /** Names of the faults that must each strike at least once. */
  readonly faults: readonly string[];
  /** Windows without faults in which customers were active. */
  readonly calm: readonly { readonly from: number; readonly until: number }[];
  /** When the last fault had ended and everything was healed. */
  readonly healedAt: number;
}

// ---------------------------------------------------------------------------------------------- histories

/** One sent request. A customer's double-click is two of them; each retry is one more. */
export type HistoryEntry = Invocation | Completion;

export interface Invocation {
  readonly type: 'invoke';
  readonly at: number;
  /** Unique in a run; its completion has the same. */
  readonly call: number;
  /** The caller: the id (`sub`) of a customer or of the operator. */
  readonly customer: string;
  readonly operation: Operation;
}

export interface Completion {
  /**
   * ok: an answer with data. fail: an answer that says for certain that nothing was done.
   * info: no answer, or one whose outcome is unknown (`retryable: true`, a cut connection, a timeout).
   */
  readonly type: 'ok' | 'fail' | 'info';
  readonly at: number;
  readonly call: number;
  /** With ok: the operation's field of `data`, unchanged. */
  readonly answer?: unknown;
  /** With fail and info. */
  readonly error?: CallError;
}

export interface CallError {
  /** `extensions.code` of the answer's first error; else NO_ANSWER (cut, refused) or TIMEOUT. */
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  /** If it was not a 200 with JSON. */
  readonly status?: number;
}

export type Operation =
  | CreateOrder
  | PayOrder
  | { readonly name: 'completePaymentAction'; readonly orderId: string }
  | { readonly name: 'cancelOrder'; readonly orderId: string }
  | { readonly name: 'order'; readonly id: string; readonly owner: string }
  | { readonly name: 'orderByIdempotencyKey'; readonly key: string }
  | {
      readonly name: 'orderEvents';
      readonly orderId: string;
      readonly afterVersion?: number;
      readonly owner: string;
    }
  | { readonly name: 'deadLetters' }
  | { readonly name: 'retryDeadLetter'; readonly id: string }
  | { readonly name: 'retryAllDeadLetters' }
  | { readonly name: 'discardDeadLetter'; readonly id: string }
  | { readonly name: 'paymentDiscrepancies' }
  | {
      readonly name: 'resolvePaymentDiscrepancy';
      readonly id: string;
      readonly action: 'REFUND' | 'ACCEPT';
    };

export interface CreateOrder {
  readonly name: 'createOrder';
  readonly key: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotal?: Money;
  /**
   * What the customer expects: `order` is to be made; `other-input` reuses a key with another input;
   * `invalid`, `unavailable` and `price-changed` must be refused and leave nothing behind.
   */
  readonly intent: 'order' | 'other-input' | 'invalid' | 'unavailable' | 'price-changed';
}

/** A failed payment is paid again, under a key of its own. */
export interface PayOrder {
  readonly name: 'payOrder';
  readonly orderId: string;
  readonly key: string;
  readonly paymentMethod: string;
}

/** The fields of an order that every call requests. */
export interface SeenOrder {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly idempotencyKey: string;
  readonly total: Money;
}

/** `data.createOrder`. */
export interface CreateOrderAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly replayed?: boolean;
  readonly order?: SeenOrder;
}

/** `data.order`. */
export interface OrderAnswer extends SeenOrder {
  /** What the customer's browser needs to show the bank's page. */
  readonly paymentAction: { readonly clientSecret: string } | null;
}

/** `data.cancelOrder`. */
export interface CancelOrderAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly status?: string;
  readonly order?: SeenOrder;
}

// ------------------------------------------------------------------------------------------ subscriptions

/** What one subscription received; `call` is its invocation of orderEvents, which is completed with `ok` at its end. */
export type FrameEntry = Frame | FrameEnd;

export interface Frame {
  readonly type: 'frame';
  readonly at: number;
  readonly call: number;
  readonly event: SeenEvent;
}

export interface FrameEnd {
  readonly type: 'end';
  readonly at: number;
  readonly call: number;
  /** complete: by the server. error: refused or given up. lost: the socket was lost. left: the client unsubscribed. */
  readonly how: 'complete' | 'error' | 'lost' | 'left';
  readonly error?: CallError;
}

export interface SeenEvent {
  readonly orderId: string;
  readonly version: number;
  readonly type: string;
  readonly status: string;
  readonly previousStatus: string | null;
  readonly detail: string | null;
  readonly occurredAt: string;
}

// ------------------------------------------------------------------------------------------------- faults

export interface FaultEntry {
  readonly name: string;
  /** The schedule's step, from 0. */
  readonly step: number;
  /** What it struck: a process, a server, a link. */
  readonly target: string;
  readonly from: number;
  /** When it had healed. */
  readonly until: number;
  /** How often it had an effect: connections cut, requests failed, processes killed. 0 if it never struck. */
  readonly struck: number;
  /** One sentence for a person. */
  readonly detail: string;
}

/** A time whose commits a fault made PostgreSQL lose, all or some of them. */
export interface Rewind {
  /** The fault's name. */
  readonly fault: string;
  /** What was committed before is still there. */
  readonly from: number;
  /** PostgreSQL was killed: nothing was committed afterwards and lost. */
  readonly until: number;
  /** When it took connections again. */
  readonly backAt: number;
}

// ------------------------------------------------------------------------------------- what was looked at

/** Taken twice a second. A figure is null if it could not be read. */
export interface Sample {
  readonly at: number;
  /** From PostgreSQL itself, not through the system. */
  readonly outboxPending: number | null;
  readonly oldestPendingMs: number | null;
  /** Why the system believes that PostgreSQL has lost commits, until it has compared the payments since. */
  readonly gapReason: string | null;
  /** waiting + active + delayed, from systemStatus. */
  readonly queueDepth: number | null;
  readonly openDeadLetters: number | null;
  /** The largest event loop delay of this process since the last sample, as a measure of a busy machine. */
  readonly lagMs: number;
}

export interface Glimpse {
  readonly at: number;
  readonly orderId: string;
  /** What was broken in one snapshot: an order without items, event, message, … */
  readonly what: string;
}

export interface UnexpectedExit {
  readonly at: number;
  readonly process: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** False if it ended during its start, which is allowed while its servers are down. */
  readonly ready: boolean;
  /** The last lines of its output. */
  readonly lastLines: readonly string[];
}

export interface RestFacts {
  /** When every order was at rest and outbox and queue were empty; null if not in time. */
  readonly at: number | null;
  /** What was not at rest. */
  readonly busy: readonly { readonly orderId: string; readonly status: string }[];
}

// ------------------------------------------------------------------------------------------- the last word

/** The public API's answers when all is at rest. */
export interface FinalAnswers {
  /** All orders with their events, as the operator lists them. */
  readonly orders: readonly FinalOrder[];
  /** What each customer lists: ids, in the list's order. */
  readonly listed: Readonly<Record<string, readonly string[]>>;
  /** orderByIdempotencyKey for every key that was ever sent. */
  readonly byKey: readonly {
    readonly customer: string;
    readonly key: string;
    readonly orderId: string | null;
  }[];
  readonly deadLetters: readonly FinalDeadLetter[];
  readonly discrepancies: readonly FinalDiscrepancy[];
}

export interface FinalOrder extends SeenOrder {
  readonly failure: { readonly code: string; readonly message: string } | null;
  readonly items: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly unitPrice: Money;
    readonly lineTotal: Money;
  }[];
  readonly events: readonly SeenEvent[];
  readonly createdAt: string;
}

export interface FinalDeadLetter {
  readonly id: string;
  readonly order: { readonly id: string };
  readonly task: 'CHARGE' | 'REFUND';
  readonly state: 'OPEN' | 'RETRIED' | 'DISCARDED';
  readonly reason: string | null;
}

export interface FinalDiscrepancy {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly gatewayPaymentId: string;
}

/** An entry of the sandbox's ledger. */
export interface LedgerOrder {
  readonly orderId: string;
  readonly captured: number;
  readonly refunded: number;
  readonly currency: string;
  readonly captures: number;
  readonly refunds: number;
}
