import type { Money, WrongCharge } from './money.js';

/**
 * What a run leaves behind. The checker judges by this and by nothing else. All times (`at`) are milliseconds
 * since the run's start on one monotonic clock, except those that the system itself gave (ISO 8601).
 */
export interface Evidence {
  readonly run: RunFacts;
  readonly history: readonly HistoryEntry[];
  readonly frames: readonly FrameEntry[];
  readonly faults: readonly FaultEntry[];
  readonly samples: readonly Sample[];
  /** What was seen broken in one consistent look at the tables, while the run went on. */
  readonly glimpses: readonly Glimpse[];
  /** Processes that ended though nobody had killed them. */
  readonly exits: readonly UnexpectedExit[];
  readonly rest: RestFacts;
  readonly final: FinalAnswers;
  readonly ledger: readonly LedgerOrder[];
  /** Payments of which a fault had the gateway take another amount than was asked for. */
  readonly wrongCharges: readonly WrongCharge[];
  readonly dump: TableDump;
}

export interface RunFacts {
  readonly seed: number;
  /** Repeats the run; where left out, the seed alone does. */
  readonly command?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** Prices of the catalogue by SKU, in minor units. */
  readonly prices: Readonly<Record<string, Money & { readonly active: boolean }>>;
  /** Names of the faults that were to strike at least once each. */
  readonly faults: readonly string[];
  /** Windows in which nothing was wrong and customers were at work. */
  readonly calm: readonly { readonly from: number; readonly until: number }[];
  /** The moment at which the last fault had ended and everything was healed. */
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
  /** Who asks: a customer's id (`sub`), or the operator's. */
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
  /** With ok: the operation's field of `data`, as it came. */
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
  /** Where it was not an answer of 200 or had no JSON. */
  readonly status?: number;
}

export type Operation =
  | CreateOrder
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
  | { readonly name: 'discardDeadLetter'; readonly id: string };

export interface CreateOrder {
  readonly name: 'createOrder';
  readonly key: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
  readonly expectedTotal?: Money;
  /**
   * What the customer expects: `order` is one that is to be made; `other-input` reuses a key with another input;
   * `invalid`, `unavailable` and `price-changed` must be refused and leave nothing behind.
   */
  readonly intent: 'order' | 'other-input' | 'invalid' | 'unavailable' | 'price-changed';
}

/** The fields that every answer about an order is asked for. */
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

/** `data.cancelOrder`. */
export interface CancelOrderAnswer {
  readonly __typename: string;
  readonly code?: string;
  readonly status?: string;
  readonly order?: SeenOrder;
}

// ------------------------------------------------------------------------------------------ subscriptions

/** What one subscription got; `call` is the orderEvents invocation's. Its completion in the history is `ok` at its end. */
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
  /** complete: the server said so. error: it refused, or gave up. lost: the socket went. left: the client left by itself. */
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
  /** How often it had an effect: connections cut, requests spoilt, processes killed. 0 says that it never struck. */
  readonly struck: number;
  /** One sentence for a person. */
  readonly detail: string;
}

// ------------------------------------------------------------------------------------- what was looked at

/** Twice a second. A figure is null where nobody could be asked. */
export interface Sample {
  readonly at: number;
  /** From PostgreSQL itself, not through the system. */
  readonly outboxPending: number | null;
  readonly oldestPendingMs: number | null;
  /** waiting + active + delayed, from systemStatus. */
  readonly queueDepth: number | null;
  readonly openDeadLetters: number | null;
  /** The most that this process itself was late since the last sample: the machine was that busy. */
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
  /** False where it ended while it was starting, as one may whose servers are away. */
  readonly ready: boolean;
  /** What it said last. */
  readonly lastLines: readonly string[];
}

export interface RestFacts {
  /** When every order was at rest, the outbox and the queue empty; null where that was not reached in time. */
  readonly at: number | null;
  /** Who was not. */
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

/** As the sandbox's ledger has it. */
export interface LedgerOrder {
  readonly orderId: string;
  readonly captured: number;
  readonly refunded: number;
  readonly currency: string;
  readonly captures: number;
  readonly refunds: number;
}

/** The second opinion: what stands in the tables. */
export interface TableDump {
  readonly orders: readonly {
    readonly id: string;
    readonly customerId: string;
    readonly idempotencyKey: string;
    readonly status: string;
    readonly version: number;
    readonly totalAmount: number;
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
}

// ------------------------------------------------------------------------------------------------ verdicts

export interface Verdict {
  readonly holds: boolean;
  readonly invariants: readonly InvariantVerdict[];
  /** Why the run shows nothing, whatever the invariants say: too few orders, a fault that never struck. */
  readonly vacuous: readonly string[];
}

export interface InvariantVerdict {
  /** 1 to 10 as the contract counts them; then the drill's own. */
  readonly number: number;
  readonly name: string;
  /** How many single facts were compared. */
  readonly checks: number;
  readonly violations: readonly Violation[];
}

export interface Violation {
  readonly what: string;
  /** Everything that is known of the order or key concerned, in order of time, for a person to read. */
  readonly story: readonly string[];
}
