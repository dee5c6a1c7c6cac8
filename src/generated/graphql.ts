export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A point in time, ISO 8601 in UTC with milliseconds: 2026-11-22T10:15:30.123Z. */
  DateTime: { input: string; output: Date; }
};

/** One act of an operator, written together with what it did. Nothing changes or removes an entry. */
export type AuditEntry = {
  readonly __typename?: 'AuditEntry';
  /** The mutation's name. */
  readonly action: Scalars['String']['output'];
  /** The operator's sub. */
  readonly actor: Scalars['String']['output'];
  /** One plain sentence: what changed, from what to what. */
  readonly detail?: Maybe<Scalars['String']['output']>;
  /** A UUID. */
  readonly id: Scalars['ID']['output'];
  /** When it was done. */
  readonly occurredAt: Scalars['DateTime']['output'];
  /** Why, in the operator's words; null where none were given. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** What it was done to: the id of an order, a dead letter or a payment discrepancy, or a SKU. */
  readonly target: Scalars['String']['output'];
};

/** A page of the audit log. */
export type AuditEntryConnection = {
  readonly __typename?: 'AuditEntryConnection';
  /** The entries. */
  readonly edges: ReadonlyArray<AuditEntryEdge>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /** All entries of the list; counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

/** An entry of the audit log in a list. */
export type AuditEntryEdge = {
  readonly __typename?: 'AuditEntryEdge';
  /** Opaque; valid for good. */
  readonly cursor: Scalars['String']['output'];
  /** The entry. */
  readonly node: AuditEntry;
};

/** An order to cancel. */
export type CancelOrderInput = {
  /** The order's id. One that names no order of the caller's is answered with OrderNotFound. */
  readonly orderId: Scalars['ID']['input'];
  /**
   * Why, for the order's history: at most 500 printable characters and line breaks; blank is the same as left out.
   * Anything that looks like a card number is refused.
   * A customer's reason is in the event's detail, an operator's in its note.
   */
  readonly reason?: InputMaybe<Scalars['String']['input']>;
};

/** What cancelOrder answers with. */
export type CancelOrderResult = CancelOrderSuccess | OrderNotCancellable | OrderNotFound;

/** The cancellation is accepted, now or by an earlier call. */
export type CancelOrderSuccess = {
  readonly __typename?: 'CancelOrderSuccess';
  /** The order as it is now: CANCELLING while money is on its way back, then CANCELLED. */
  readonly order: Order;
};

/** What came of completePaymentAction. */
export type CompletePaymentActionResult = CompletePaymentActionSuccess | OrderNotFound;

/** The gateway is being asked. */
export type CompletePaymentActionSuccess = {
  readonly __typename?: 'CompletePaymentActionSuccess';
  /** The order as it is now, which need not have the outcome yet; watch it. */
  readonly order: Order;
};

/** A new order. */
export type CreateOrderInput = {
  /** Where given, the order is made only if its total is this one; else PriceChanged. */
  readonly expectedTotal?: InputMaybe<MoneyInput>;
  /** Chosen by the client before its first try, the same for every retry: 1 to 255 printable ASCII characters (a UUID serves). */
  readonly idempotencyKey: Scalars['String']['input'];
  /** 1 to 100 lines, no SKU twice, one currency, at most 99999999 minor units in all (999999 ISK or UGX). */
  readonly items: ReadonlyArray<OrderItemInput>;
  /** A token of the payment gateway, such as pm_card_visa. Never a card number: anything that looks like one is refused and not logged. */
  readonly paymentMethod: Scalars['String']['input'];
};

/** What createOrder answers with. */
export type CreateOrderResult = CreateOrderSuccess | IdempotencyKeyReused | PriceChanged | ProductUnavailable;

/** The order stands. */
export type CreateOrderSuccess = {
  readonly __typename?: 'CreateOrderSuccess';
  /** The order as it is now. */
  readonly order: Order;
  /** True where the order existed before this call. */
  readonly replayed: Scalars['Boolean']['output'];
};

/** Work that automatic retries could not finish. An order has at most one that is open. */
export type DeadLetter = {
  readonly __typename?: 'DeadLetter';
  /** How many attempts had been made when it was opened, over the order's whole life. */
  readonly attempts: Scalars['Int']['output'];
  /** When it was opened. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The last error, safe to show. */
  readonly error: Scalars['String']['output'];
  /** A UUID. */
  readonly id: Scalars['ID']['output'];
  /** The order as it is now. */
  readonly order: Order;
  /** Why it was discarded or settled, in the words of whoever did; null where it was sent back to the queue by hand. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** When it was retried or discarded; null while it is open. */
  readonly resolvedAt?: Maybe<Scalars['DateTime']['output']>;
  /**
   * Who retried or discarded it: the operator's id, that of whoever cancelled the order, or "payment gateway" where its
   * event settled the order; null while it is open.
   */
  readonly resolvedBy?: Maybe<Scalars['String']['output']>;
  /** What became of it. */
  readonly state: DeadLetterState;
  /** What the work was to do. */
  readonly task: DeadLetterTask;
};

/** A page of dead letters. */
export type DeadLetterConnection = {
  readonly __typename?: 'DeadLetterConnection';
  /** The entries. */
  readonly edges: ReadonlyArray<DeadLetterEdge>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /** All entries of the list; counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A dead letter in a list. */
export type DeadLetterEdge = {
  readonly __typename?: 'DeadLetterEdge';
  /** Opaque; valid for good. */
  readonly cursor: Scalars['String']['output'];
  /** The dead letter. */
  readonly node: DeadLetter;
};

/** Money is held for the order, or the payment gateway can't be asked for sure. The dead letter stays open. */
export type DeadLetterNotDiscardable = OrderError & {
  readonly __typename?: 'DeadLetterNotDiscardable';
  /** DEAD_LETTER_NOT_DISCARDABLE. */
  readonly code: Scalars['String']['output'];
  /** Why, in one plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** There is no such dead letter. Nothing was changed. */
export type DeadLetterNotFound = OrderError & {
  readonly __typename?: 'DeadLetterNotFound';
  /** DEAD_LETTER_NOT_FOUND. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** It was settled before. Nothing was changed. */
export type DeadLetterNotOpen = OrderError & {
  readonly __typename?: 'DeadLetterNotOpen';
  /** DEAD_LETTER_NOT_OPEN. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
  /** What became of it. */
  readonly state: DeadLetterState;
};

/** Only a dead letter of task REFUND can be settled outside. The dead letter stays open. */
export type DeadLetterNotSettleable = OrderError & {
  readonly __typename?: 'DeadLetterNotSettleable';
  /** DEAD_LETTER_NOT_SETTLEABLE. */
  readonly code: Scalars['String']['output'];
  /** Why, in one plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** What became of a dead letter. */
export type DeadLetterState =
  /** Its work was given up or settled outside, or the order was cancelled. */
  | 'DISCARDED'
  /** An operator must decide; the order's work rests until then. */
  | 'OPEN'
  /** Its work was sent back to the queue. Should that fail again, there will be another dead letter. */
  | 'RETRIED';

/** The dead letter is settled. */
export type DeadLetterSuccess = {
  readonly __typename?: 'DeadLetterSuccess';
  /** The dead letter as it is now. */
  readonly deadLetter: DeadLetter;
};

/** What the work was to do. */
export type DeadLetterTask =
  /** Take the order's money. */
  | 'CHARGE'
  /** Return the money of a cancelled order. */
  | 'REFUND';

/** Whether something that the system needs answers. */
export type DependencyState =
  /** It answered with a fault, or not in time. */
  | 'DOWN'
  /** It answered just now. */
  | 'UP';

/** What discardDeadLetter answers with. */
export type DiscardDeadLetterResult = DeadLetterNotDiscardable | DeadLetterNotFound | DeadLetterNotOpen | DeadLetterSuccess;

/** What an operator does about a payment discrepancy. */
export type DiscrepancyAction =
  /** Closes it, and moves no money. */
  | 'ACCEPT'
  /** Returns the money that is held without an order for it. */
  | 'REFUND';

/** How the gateway's books and the orders differ. */
export type DiscrepancyKind =
  /** Captured amount or currency are not the order's. */
  | 'AMOUNT_MISMATCH'
  /** The customer's bank took it, or may take it, back. */
  | 'DISPUTED'
  /** More than one capture for one order or key. */
  | 'DOUBLE_PAYMENT'
  /** Money is held for a key or an order that is not stored here (PostgreSQL lost it, or another program took it). */
  | 'ORPHAN_PAYMENT'
  /** CONFIRMED, and the gateway holds less: returned outside, in part or whole. */
  | 'REFUNDED_OUTSIDE'
  /** CANCELLED, and the refund failed after all. */
  | 'REFUND_FAILED';

/** What became of a payment discrepancy. */
export type DiscrepancyState =
  /** It is there, and waits for an operator, or for its refund to arrive. */
  | 'OPEN'
  /** An operator has settled it, or it is gone. */
  | 'RESOLVED';

/** The key already belongs to an order (of payOrder: to a call) with other input. Nothing was created or changed. */
export type IdempotencyKeyReused = OrderError & {
  readonly __typename?: 'IdempotencyKeyReused';
  /** IDEMPOTENCY_KEY_REUSED. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** An amount in the currency's minor unit: 1999 EUR is 19.99 euro. Never a float. */
export type Money = {
  readonly __typename?: 'Money';
  /** Whole minor units. */
  readonly amount: Scalars['Int']['output'];
  /** ISO 4217 code, upper case. */
  readonly currency: Scalars['String']['output'];
};

/** An amount in the currency's minor unit. */
export type MoneyInput = {
  /** Whole minor units, at least 1. */
  readonly amount: Scalars['Int']['input'];
  /** ISO 4217 code, upper case; of a product, one that is in use. */
  readonly currency: Scalars['String']['input'];
};

/** What can be changed. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Cancels the caller's order (any order, for an operator). PENDING goes to CANCELLED at once; PAYMENT_PROCESSING,
   * REQUIRES_ACTION and CONFIRMED go to CANCELLING, and to CANCELLED when nothing is owed. An open CHARGE dead letter of the order
   * becomes DISCARDED. Repeated, it answers with the order as it is now. Bad input is a BAD_USER_INPUT error.
   */
  readonly cancelOrder: CancelOrderResult;
  /**
   * The customer comes back from the bank: look at the gateway now, instead of waiting for its webhook. Says nothing about
   * the outcome, and believes the client nothing. Repeating it is harmless, and so is calling it in another status.
   */
  readonly completePaymentAction: CompletePaymentActionResult;
  /**
   * Creates an order once for each (customer, idempotencyKey). Repeated with the same input it answers with
   * the same order as it is now, and replayed: true; with other input, IdempotencyKeyReused. A failed call
   * (validation, outage) leaves the key free. Bad input is a BAD_USER_INPUT error. Prices come from the catalogue.
   */
  readonly createOrder: CreateOrderResult;
  /**
   * Operators only (else FORBIDDEN). Gives the work up: the order goes to PAYMENT_FAILED (or CANCELLED, from
   * CANCELLING), and only when the payment gateway confirms that no money is held for it, and that none can be taken
   * any more. Otherwise DeadLetterNotDiscardable. BAD_USER_INPUT where reason is blank, or not 1 to 500 printable
   * characters and line breaks, or looks like a card number. Customers don't see it.
   */
  readonly discardDeadLetter: DiscardDeadLetterResult;
  /**
   * Pays a PAYMENT_FAILED order of the caller (any order, for an operator) again, with another payment method, at most
   * ORDER_PAYABLE_MS (a day) after it was created; its total stays what it was. Idempotent by its own key, as createOrder
   * is: repeated with the same order and payment method it answers with the order as it is now, and replayed: true; with
   * others, IdempotencyKeyReused. However often an order is paid again, at most one payment of it can ever succeed.
   * RATE_LIMITED after too many declined payments. Bad input is a BAD_USER_INPUT error.
   */
  readonly payOrder: PayOrderResult;
  /**
   * Operators only (else FORBIDDEN). REFUND returns the money that is held without an order for it; ACCEPT only closes it.
   * A refund is made once, however often and by how many operators it is asked for; after SERVICE_UNAVAILABLE the same
   * call again settles it. Repeated once it is closed, it answers with PaymentDiscrepancyNotOpen. BAD_USER_INPUT where
   * reason is blank, or not 1 to 500 printable characters and line breaks, or looks like a card number. Customers don't
   * see it.
   */
  readonly resolvePaymentDiscrepancy: ResolvePaymentDiscrepancyResult;
  /**
   * Operators only (else FORBIDDEN). Sends back all open dead letters, the oldest first, at most limit; answers with
   * how many were sent back. One that can't be sent back, or that someone else settles meanwhile, is passed over.
   * BAD_USER_INPUT where limit is not 1 to 1000.
   */
  readonly retryAllDeadLetters: Scalars['Int']['output'];
  /**
   * Operators only (else FORBIDDEN). Sends the dead letter's work back to the queue with a fresh set of attempts.
   * Repeated, it answers with DeadLetterNotOpen.
   */
  readonly retryDeadLetter: RetryDeadLetterResult;
  /**
   * Operators only (else FORBIDDEN). For a dead letter of task REFUND, where the payment gateway refuses the refund for
   * good (a lost dispute, say) and the money was returned by another way: the order goes to CANCELLED by a
   * SETTLED_OUTSIDE event, and the dead letter becomes DISCARDED with this reason. Otherwise DeadLetterNotSettleable.
   * Repeated, it answers with DeadLetterNotOpen. BAD_USER_INPUT where reason is blank, or not 1 to 500
   * printable characters and line breaks, or looks like a card number. Customers don't see it.
   */
  readonly settleDeadLetterOutside: SettleDeadLetterOutsideResult;
  /**
   * Operators only (else FORBIDDEN). Creates or changes a product; what is left out stays as it is. Orders that were made
   * before keep their prices.
   */
  readonly upsertProduct: Product;
};


/** What can be changed. */
export type MutationCancelOrderArgs = {
  input: CancelOrderInput;
};


/** What can be changed. */
export type MutationCompletePaymentActionArgs = {
  orderId: Scalars['ID']['input'];
};


/** What can be changed. */
export type MutationCreateOrderArgs = {
  input: CreateOrderInput;
};


/** What can be changed. */
export type MutationDiscardDeadLetterArgs = {
  id: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};


/** What can be changed. */
export type MutationPayOrderArgs = {
  input: PayOrderInput;
};


/** What can be changed. */
export type MutationResolvePaymentDiscrepancyArgs = {
  action: DiscrepancyAction;
  id: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};


/** What can be changed. */
export type MutationRetryAllDeadLettersArgs = {
  limit?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be changed. */
export type MutationRetryDeadLetterArgs = {
  id: Scalars['ID']['input'];
};


/** What can be changed. */
export type MutationSettleDeadLetterOutsideArgs = {
  id: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};


/** What can be changed. */
export type MutationUpsertProductArgs = {
  input: UpsertProductInput;
};

/** A customer's order. */
export type Order = {
  readonly __typename?: 'Order';
  /** cancelOrder may be called now, and would change something. */
  readonly cancellable: Scalars['Boolean']['output'];
  /** When the order was stored. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Operators only (else FORBIDDEN): who ordered, by the sub of their token. */
  readonly customerId?: Maybe<Scalars['String']['output']>;
  /** Work takes longer than it should: when it is tried next, or that an operator has been asked. Null when all goes well. */
  readonly delay?: Maybe<OrderDelay>;
  /**
   * Operators only (else FORBIDDEN): where the payment gateway's books differ, or differed, from this order, newest first;
   * the newest 20.
   */
  readonly discrepancies?: Maybe<ReadonlyArray<PaymentDiscrepancy>>;
  /**
   * The order's history, oldest first; only events after afterVersion where it is given. At most 1000 at a time: where the
   * last one's version is below the order's, ask again after it. BAD_USER_INPUT where afterVersion is below 0.
   */
  readonly events: ReadonlyArray<OrderEvent>;
  /** Why the payment failed; null unless PAYMENT_FAILED. */
  readonly failure?: Maybe<OrderFailure>;
  /** A UUID. */
  readonly id: Scalars['ID']['output'];
  /** The key that the client chose for this order. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** The lines, in the client's order. */
  readonly items: ReadonlyArray<OrderItem>;
  /** payOrder may be called now: PAYMENT_FAILED, and created less than ORDER_PAYABLE_MS (a day) ago. */
  readonly payable: Scalars['Boolean']['output'];
  /**
   * What the customer has to do now. Only in REQUIRES_ACTION, and only for the order's own customer: null for everybody
   * else, operators included.
   */
  readonly paymentAction?: Maybe<PaymentAction>;
  /** Where the order stands now. */
  readonly status: OrderStatus;
  /** The sum of all lines. */
  readonly total: Money;
  /** When the newest event happened. */
  readonly updatedAt: Scalars['DateTime']['output'];
  /** The newest event's version: 1 at creation, plus one with every event. */
  readonly version: Scalars['Int']['output'];
};


/** A customer's order. */
export type OrderEventsArgs = {
  afterVersion?: InputMaybe<Scalars['Int']['input']>;
};

/** A page of orders. */
export type OrderConnection = {
  readonly __typename?: 'OrderConnection';
  /** The entries. */
  readonly edges: ReadonlyArray<OrderEdge>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /** All entries of the list; counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

/** Why an order has not moved on yet. */
export type OrderDelay = {
  readonly __typename?: 'OrderDelay';
  /** When it is tried next; null where an operator decides, or where it is tried as soon as a worker is free. */
  readonly nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the first attempt failed, or an operator was asked. */
  readonly since: Scalars['DateTime']['output'];
  /** Automatic attempts are used up or can't help: an operator decides. */
  readonly waitsForOperator: Scalars['Boolean']['output'];
};

/** An order in a list. */
export type OrderEdge = {
  readonly __typename?: 'OrderEdge';
  /** Opaque; valid for as long as the order exists. */
  readonly cursor: Scalars['String']['output'];
  /** The order. */
  readonly node: Order;
};

/** An outcome that a client should handle, as a value. */
export type OrderError = {
  /** Stable, upper case, equal to the type's name in snake case: IDEMPOTENCY_KEY_REUSED. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** One step in an order's history. Versions are 1, 2, 3 … without a hole, and never change once written. */
export type OrderEvent = {
  readonly __typename?: 'OrderEvent';
  /** Operators only (else FORBIDDEN): customer, operator:<sub>, worker, gateway or recovery; null in older events. */
  readonly actor?: Maybe<Scalars['String']['output']>;
  /** One plain sentence, fit to be shown to the customer, or null. */
  readonly detail?: Maybe<Scalars['String']['output']>;
  /**
   * Operators only (else FORBIDDEN): the technical reason, or what an operator wrote. A customer's own cancel reason is
   * in detail.
   */
  readonly note?: Maybe<Scalars['String']['output']>;
  /** When it happened. */
  readonly occurredAt: Scalars['DateTime']['output'];
  /** The order as it is now, which can be newer than this event. */
  readonly order: Order;
  /** The order that it happened to. */
  readonly orderId: Scalars['ID']['output'];
  /** The status before it; null for ORDER_CREATED. */
  readonly previousStatus?: Maybe<OrderStatus>;
  /** The order's status after this event. */
  readonly status: OrderStatus;
  /** What happened. */
  readonly type: OrderEventType;
  /** Its place in the order's history, from 1. */
  readonly version: Scalars['Int']['output'];
};

/** What can happen to an order. */
export type OrderEventType =
  /** Someone cancelled the order when it was charged, or was being charged; detail has the customer's own reason. */
  | 'CANCELLATION_REQUESTED'
  /** Automatic retries are used up (or can't help); an operator must decide. */
  | 'DEAD_LETTERED'
  /** An operator gave the work up. */
  | 'DEAD_LETTER_DISCARDED'
  /** An operator sent the dead letter back to work. */
  | 'DEAD_LETTER_RETRIED'
  /** The payment gateway's books differ from this order: money moved outside this system. Operators see more in Order.discrepancies. */
  | 'DISCREPANCY_FOUND'
  /** The difference is settled, or gone. */
  | 'DISCREPANCY_RESOLVED'
  /** The order is cancelled, and nothing is owed. */
  | 'ORDER_CANCELLED'
  /** The order was accepted and stored. */
  | 'ORDER_CREATED'
  /** The customer has to authenticate the payment at the bank. */
  | 'PAYMENT_ACTION_REQUIRED'
  /** An attempt failed in a way that may pass (timeout, 5xx, 429); it will be tried again. */
  | 'PAYMENT_ATTEMPT_FAILED'
  /** Declined, or refused for good; no money moved. */
  | 'PAYMENT_DECLINED'
  /** The customer pays again with another payment method. */
  | 'PAYMENT_REQUESTED'
  /** The worker began to charge. */
  | 'PAYMENT_STARTED'
  /** The gateway took the money. */
  | 'PAYMENT_SUCCEEDED'
  /** The money that was taken is back. */
  | 'REFUND_SUCCEEDED'
  /** An operator stated that what was owed has been settled outside this system. */
  | 'SETTLED_OUTSIDE';

/** Why a payment failed. */
export type OrderFailure = {
  readonly __typename?: 'OrderFailure';
  /**
   * The gateway's code, such as card_declined, insufficient_funds or amount_too_small; payment_refused where it gives none,
   * given_up where an operator gave the payment up, authentication_timeout where it was not confirmed at the bank in time.
   * What only helps a thief (lost_card and the like) is card_declined here.
   */
  readonly code: Scalars['String']['output'];
  /** Operators only (else FORBIDDEN): the gateway's own code; null where the gateway gave none, or was not asked. */
  readonly gatewayCode?: Maybe<Scalars['String']['output']>;
  /** Fit to be shown to the customer. */
  readonly message: Scalars['String']['output'];
};

/** One line of an order. */
export type OrderItem = {
  readonly __typename?: 'OrderItem';
  /** Quantity times unit price. */
  readonly lineTotal: Money;
  /** The product's name at the time of ordering. */
  readonly name: Scalars['String']['output'];
  /** Pieces. */
  readonly quantity: Scalars['Int']['output'];
  /** The product's key. */
  readonly sku: Scalars['ID']['output'];
  /** The price at the time of ordering; later price changes never touch it. */
  readonly unitPrice: Money;
};

/** One line of a new order. */
export type OrderItemInput = {
  /** 1 to 1000. */
  readonly quantity: Scalars['Int']['input'];
  /** An active product's key. */
  readonly sku: Scalars['ID']['input'];
};

/** From PAYMENT_FAILED: there is nothing to cancel. Nothing was changed. */
export type OrderNotCancellable = OrderError & {
  readonly __typename?: 'OrderNotCancellable';
  /** ORDER_NOT_CANCELLABLE. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
  /** Where the order stands. */
  readonly status: OrderStatus;
};

/** The order doesn't exist or isn't the caller's: the two look alike. Nothing was changed. */
export type OrderNotFound = OrderError & {
  readonly __typename?: 'OrderNotFound';
  /** ORDER_NOT_FOUND. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** The order's payment has not failed, or the time for paying it again is up. */
export type OrderNotPayable = OrderError & {
  readonly __typename?: 'OrderNotPayable';
  /** ORDER_NOT_PAYABLE. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
  /** Where the order stands. */
  readonly status: OrderStatus;
};

/** Where an order stands. */
export type OrderStatus =
  /** Cancelled, nothing owed either way. Final. */
  | 'CANCELLED'
  /** A cancellation is accepted; money that moved, or may have moved, is being returned. */
  | 'CANCELLING'
  /** Paid: exactly the order's total, in its currency. Leaves only by a cancellation. */
  | 'CONFIRMED'
  /**
   * The payment was declined or refused, or an operator gave it up with no money taken. Leaves only by payOrder; see
   * Order.payable.
   */
  | 'PAYMENT_FAILED'
  /** The worker is charging, or will retry; leaves when the gateway's outcome is known. */
  | 'PAYMENT_PROCESSING'
  /** Accepted and stored; waits for the payment worker. */
  | 'PENDING'
  /**
   * The customer's bank asks for an authentication (3-D Secure): see Order.paymentAction. Leaves when the gateway says
   * how it ended, when the time for it is up, or by a cancellation.
   */
  | 'REQUIRES_ACTION';

/** Work that is committed and not yet handed to the queue. */
export type OutboxStatus = {
  readonly __typename?: 'OutboxStatus';
  /** How long the oldest of them has waited, in seconds; null where none waits. */
  readonly oldestPendingAgeSeconds?: Maybe<Scalars['Float']['output']>;
  /** How many messages wait. */
  readonly pending: Scalars['Int']['output'];
};

/** Where a page stands in its list. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The last entry's cursor, to pass as after; null for an empty page. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether more entries follow. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether entries come before. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The first entry's cursor; null for an empty page. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** How to pay an order again. */
export type PayOrderInput = {
  /**
   * Chosen by the client before its first try, the same for every retry: 1 to 255 printable ASCII characters (a UUID
   * serves). Keys of createOrder have nothing to do with it.
   */
  readonly idempotencyKey: Scalars['String']['input'];
  /** The order, in PAYMENT_FAILED. */
  readonly orderId: Scalars['ID']['input'];
  /**
   * A token of the payment gateway, such as pm_card_visa. Never a card number: anything that looks like one is refused
   * and not logged.
   */
  readonly paymentMethod: Scalars['String']['input'];
};

/** What came of payOrder. */
export type PayOrderResult = IdempotencyKeyReused | OrderNotFound | OrderNotPayable | PayOrderSuccess;

/** The order is paid again; watch it for the outcome. */
export type PayOrderSuccess = {
  readonly __typename?: 'PayOrderSuccess';
  /** The order as it is now. */
  readonly order: Order;
  /** True where this call was made before. */
  readonly replayed: Scalars['Boolean']['output'];
};

/** For the gateway's own front-end library: stripe.handleNextAction({ clientSecret }). */
export type PaymentAction = {
  readonly __typename?: 'PaymentAction';
  /** Belongs to this payment alone. Not to be stored or logged. */
  readonly clientSecret: Scalars['String']['output'];
  /** Until when the customer can authenticate the payment. Then it is cancelled. */
  readonly expiresAt: Scalars['DateTime']['output'];
};

/**
 * Where the gateway's books and the orders differ. A payment has at most one open one of each kind. One that is gone by
 * itself (the money was returned at the gateway, say) is closed by reconciliation.
 */
export type PaymentDiscrepancy = {
  readonly __typename?: 'PaymentDiscrepancy';
  /** One plain sentence. */
  readonly detail: Scalars['String']['output'];
  /** When it was found. */
  readonly detectedAt: Scalars['DateTime']['output'];
  /** What the order expects of this payment; null for an orphan. */
  readonly expected?: Maybe<Money>;
  /** What the gateway's books have; null where no order could have such an amount or currency, which detail names then. */
  readonly found?: Maybe<Money>;
  /** The payment's id at the gateway, such as pi_3PqZ. */
  readonly gatewayPaymentId: Scalars['String']['output'];
  /** A UUID. */
  readonly id: Scalars['ID']['output'];
  /** How they differ. */
  readonly kind: DiscrepancyKind;
  /** The order as it is now. Null for an orphan. */
  readonly order?: Maybe<Order>;
  /** Why it was closed; null while it is open. */
  readonly reason?: Maybe<Scalars['String']['output']>;
  /** When it was closed; null while it is open. */
  readonly resolvedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Who closed it: the operator's id, or reconciliation; null while it is open. */
  readonly resolvedBy?: Maybe<Scalars['String']['output']>;
  /** What became of it. */
  readonly state: DiscrepancyState;
};

/** A page of payment discrepancies. */
export type PaymentDiscrepancyConnection = {
  readonly __typename?: 'PaymentDiscrepancyConnection';
  /** The entries. */
  readonly edges: ReadonlyArray<PaymentDiscrepancyEdge>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /** All entries of the list; counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A payment discrepancy in a list. */
export type PaymentDiscrepancyEdge = {
  readonly __typename?: 'PaymentDiscrepancyEdge';
  /** Opaque; valid for good. */
  readonly cursor: Scalars['String']['output'];
  /** The payment discrepancy. */
  readonly node: PaymentDiscrepancy;
};

/** There is no such discrepancy. Nothing was changed. */
export type PaymentDiscrepancyNotFound = OrderError & {
  readonly __typename?: 'PaymentDiscrepancyNotFound';
  /** PAYMENT_DISCREPANCY_NOT_FOUND. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** It was closed before, or its money is being returned already. Nothing was changed. */
export type PaymentDiscrepancyNotOpen = OrderError & {
  readonly __typename?: 'PaymentDiscrepancyNotOpen';
  /** PAYMENT_DISCREPANCY_NOT_OPEN. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
};

/** Nothing to return: no money is held, or an order counts on it. The discrepancy stays open. */
export type PaymentDiscrepancyNotRefundable = OrderError & {
  readonly __typename?: 'PaymentDiscrepancyNotRefundable';
  /** PAYMENT_DISCREPANCY_NOT_REFUNDABLE. */
  readonly code: Scalars['String']['output'];
  /** Why, and what to do instead. */
  readonly message: Scalars['String']['output'];
};

/**
 * The decision stands. After ACCEPT the discrepancy is RESOLVED; after REFUND it is too, except where the gateway reports
 * the refund as pending: it stays OPEN until the money is back.
 */
export type PaymentDiscrepancySuccess = {
  readonly __typename?: 'PaymentDiscrepancySuccess';
  /** The discrepancy as it is now. */
  readonly discrepancy: PaymentDiscrepancy;
};

/** The total is not the expected one. Nothing was created, and the key is free. */
export type PriceChanged = OrderError & {
  readonly __typename?: 'PriceChanged';
  /** PRICE_CHANGED. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
  /** What the order would cost now. */
  readonly total: Money;
};

/** Something that can be ordered. */
export type Product = {
  readonly __typename?: 'Product';
  /** An inactive product can't be ordered. */
  readonly active: Scalars['Boolean']['output'];
  /** What a customer sees. */
  readonly name: Scalars['String']['output'];
  /** For one piece. */
  readonly price: Money;
  /** The stock keeping unit, the product's key. */
  readonly sku: Scalars['ID']['output'];
};

/** A page of products. */
export type ProductConnection = {
  readonly __typename?: 'ProductConnection';
  /** The entries. */
  readonly edges: ReadonlyArray<ProductEdge>;
  /** Where the page stands. */
  readonly pageInfo: PageInfo;
  /** All entries of the list; counted only when it is asked for. */
  readonly totalCount: Scalars['Int']['output'];
};

/** A product in a list. */
export type ProductEdge = {
  readonly __typename?: 'ProductEdge';
  /** Opaque; valid for as long as the product exists. */
  readonly cursor: Scalars['String']['output'];
  /** The product. */
  readonly node: Product;
};

/** Some of the products don't exist or are inactive. Nothing was created, and the key is free. */
export type ProductUnavailable = OrderError & {
  readonly __typename?: 'ProductUnavailable';
  /** PRODUCT_UNAVAILABLE. */
  readonly code: Scalars['String']['output'];
  /** One plain sentence. */
  readonly message: Scalars['String']['output'];
  /** Which ones. */
  readonly skus: ReadonlyArray<Scalars['ID']['output']>;
};

/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type Query = {
  readonly __typename?: 'Query';
  /** Operators only (else FORBIDDEN). What operators did, newest first. BAD_USER_INPUT as for orders. */
  readonly auditLog: AuditEntryConnection;
  /**
   * Operators only (else FORBIDDEN). Work that automatic retries could not finish. Left out, state is OPEN; null
   * lists every state. BAD_USER_INPUT as for orders.
   */
  readonly deadLetters: DeadLetterConnection;
  /** The caller's order (any order, for an operator). Null where it doesn't exist or isn't the caller's: the two look alike. */
  readonly order?: Maybe<Order>;
  /** What became of a createOrder whose answer was lost. Null where the caller has created no order under that key. */
  readonly orderByIdempotencyKey?: Maybe<Order>;
  /** The caller's orders (all, for an operator). BAD_USER_INPUT where first is not 1 to 100, or after is no cursor of this list. */
  readonly orders: OrderConnection;
  /**
   * Operators only (else FORBIDDEN): where the gateway's books and the orders differ, newest first. Left out, state is
   * OPEN; null lists every state. BAD_USER_INPUT as for orders.
   */
  readonly paymentDiscrepancies: PaymentDiscrepancyConnection;
  /** The catalogue, inactive products included. BAD_USER_INPUT as for orders. */
  readonly products: ProductConnection;
  /** Operators only (else FORBIDDEN). Answers within 2 seconds whatever is down; what can't be told is null. */
  readonly systemStatus: SystemStatus;
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryAuditLogArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryDeadLettersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  state?: InputMaybe<DeadLetterState>;
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryOrderArgs = {
  id: Scalars['ID']['input'];
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryOrderByIdempotencyKeyArgs = {
  idempotencyKey: Scalars['String']['input'];
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryOrdersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  status?: InputMaybe<ReadonlyArray<OrderStatus>>;
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryPaymentDiscrepanciesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  state?: InputMaybe<DiscrepancyState>;
};


/** What can be read. Lists are newest first (products by SKU), with at most 100 entries a page. */
export type QueryProductsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** Work that is in the queue. */
export type QueueStatus = {
  readonly __typename?: 'QueueStatus';
  /** Jobs that a worker has. */
  readonly active: Scalars['Int']['output'];
  /** Jobs that rest until their next attempt. */
  readonly delayed: Scalars['Int']['output'];
  /** How long the last waiting job is held back at least, in seconds; null where the gateway's rate holds none back. */
  readonly throttledSeconds?: Maybe<Scalars['Float']['output']>;
  /** Jobs that a worker may take now. */
  readonly waiting: Scalars['Int']['output'];
};

/** What resolvePaymentDiscrepancy answers with. */
export type ResolvePaymentDiscrepancyResult = PaymentDiscrepancyNotFound | PaymentDiscrepancyNotOpen | PaymentDiscrepancyNotRefundable | PaymentDiscrepancySuccess;

/** What retryDeadLetter answers with. */
export type RetryDeadLetterResult = DeadLetterNotFound | DeadLetterNotOpen | DeadLetterSuccess;

/** What settleDeadLetterOutside answers with. */
export type SettleDeadLetterOutsideResult = DeadLetterNotFound | DeadLetterNotOpen | DeadLetterNotSettleable | DeadLetterSuccess;

/** What can be watched, over a WebSocket. */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * One order's events, in order, each exactly once, none missing: those after afterVersion (left out: the
   * newest one, so that the client starts with the current state), then new ones as they happen, through
   * Redis outages and server restarts (a client that reconnects passes the last version that it saw).
   * Completes after CANCELLED, the only final status. NOT_FOUND where order(id) would be null.
   */
  readonly orderEvents: OrderEvent;
};


/** What can be watched, over a WebSocket. */
export type SubscriptionOrderEventsArgs = {
  afterVersion?: InputMaybe<Scalars['Int']['input']>;
  orderId: Scalars['ID']['input'];
};

/** How the system is, as the process that answers sees it. */
export type SystemStatus = {
  readonly __typename?: 'SystemStatus';
  /** PostgreSQL, which has the truth about orders. Without it no order is taken. */
  readonly database: DependencyState;
  /** How many orders are named by jobs or payments but are not stored here; null where the database is down. */
  readonly missingOrders?: Maybe<Scalars['Int']['output']>;
  /** What is unusual and what is being done about it, in plain sentences; empty where the database is down. */
  readonly notices: ReadonlyArray<Scalars['String']['output']>;
  /** How many dead letters wait for an operator; null where the database is down. */
  readonly openDeadLetters?: Maybe<Scalars['Int']['output']>;
  /** How many payment discrepancies wait for an operator; null where the database is down. */
  readonly openPaymentDiscrepancies?: Maybe<Scalars['Int']['output']>;
  /** Work on its way to the queue; null where the database is down. */
  readonly outbox?: Maybe<OutboxStatus>;
  /** The payment gateway. Without it orders wait for their charge. */
  readonly paymentGateway: DependencyState;
  /** Work for the payment workers; null where Redis is down. */
  readonly queue?: Maybe<QueueStatus>;
  /** Redis, which has the queue and the live news. Without it orders are taken, and wait. */
  readonly redis: DependencyState;
};

/** A product to create or change. */
export type UpsertProductInput = {
  /** An inactive product can't be ordered. Left out or null: as it is, and true for a new product. */
  readonly active?: InputMaybe<Scalars['Boolean']['input']>;
  /** 1 to 200 printable characters, in one line. */
  readonly name: Scalars['String']['input'];
  /**
   * For one piece; at least 1 minor unit, in steps that the payment gateway takes (10 minor units of a currency with three
   * decimals, 100 of MGA).
   */
  readonly price: MoneyInput;
  /** 1 to 64 printable ASCII characters without spaces. */
  readonly sku: Scalars['ID']['input'];
};
