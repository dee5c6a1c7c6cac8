/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** An order to cancel. */
export type CancelOrderInput = {
  /** The order's id. One that names no order of the caller's is answered with OrderNotFound. */
  orderId: string;
  /**
   * Why, for the order's history: at most 500 printable characters and line breaks; blank is the same as left out.
   * Anything that looks like a card number is refused.
   * A customer's reason is in the event's detail, an operator's in its note.
   */
  reason?: string | null | undefined;
};

/** A new order. */
export type CreateOrderInput = {
  /** Where given, the order is made only if its total is this one; else PriceChanged. */
  expectedTotal?: MoneyInput | null | undefined;
  /** Chosen by the client before its first try, the same for every retry: 1 to 255 printable ASCII characters (a UUID serves). */
  idempotencyKey: string;
  /** 1 to 100 lines, no SKU twice, one currency, at most 99999999 minor units in all (999999 ISK or UGX). */
  items: Array<OrderItemInput>;
  /** A token of the payment gateway, such as pm_card_visa. Never a card number: anything that looks like one is refused and not logged. */
  paymentMethod: string;
};

/** What became of a dead letter. */
export type DeadLetterState =
  /** Its work was given up or settled outside, or the order was cancelled. */
  | 'DISCARDED'
  /** An operator must decide; the order's work rests until then. */
  | 'OPEN'
  /** Its work was sent back to the queue. Should that fail again, there will be another dead letter. */
  | 'RETRIED';

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

/** An amount in the currency's minor unit. */
export type MoneyInput = {
  /** Whole minor units, at least 1. */
  amount: number;
  /** ISO 4217 code, upper case; of a product, one that is in use. */
  currency: string;
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

/** One line of a new order. */
export type OrderItemInput = {
  /** 1 to 1000. */
  quantity: number;
  /** An active product's key. */
  sku: string;
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

/** How to pay an order again. */
export type PayOrderInput = {
  /**
   * Chosen by the client before its first try, the same for every retry: 1 to 255 printable ASCII characters (a UUID
   * serves). Keys of createOrder have nothing to do with it.
   */
  idempotencyKey: string;
  /** The order, in PAYMENT_FAILED. */
  orderId: string;
  /**
   * A token of the payment gateway, such as pm_card_visa. Never a card number: anything that looks like one is refused
   * and not logged.
   */
  paymentMethod: string;
};

/** A product to create or change. */
export type UpsertProductInput = {
  /** An inactive product can't be ordered. Left out or null: as it is, and true for a new product. */
  active?: boolean | null | undefined;
  /** 1 to 200 printable characters, in one line. */
  name: string;
  /**
   * For one piece; at least 1 minor unit, in steps that the payment gateway takes (10 minor units of a currency with three
   * decimals, 100 of MGA).
   */
  price: MoneyInput;
  /** 1 to 64 printable ASCII characters without spaces. */
  sku: string;
};

export type DiscrepancyPartsFragment = { id: string, kind: DiscrepancyKind, state: DiscrepancyState, gatewayPaymentId: string, detail: string, detectedAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } | null, expected: { amount: number, currency: string } | null, found: { amount: number, currency: string } | null };

export type PaymentDiscrepanciesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  state?: DiscrepancyState | null | undefined;
}>;


export type PaymentDiscrepanciesQuery = { paymentDiscrepancies: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, edges: Array<{ cursor: string, node: { id: string, kind: DiscrepancyKind, state: DiscrepancyState, gatewayPaymentId: string, detail: string, detectedAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } | null, expected: { amount: number, currency: string } | null, found: { amount: number, currency: string } | null } }> } };

export type ResolvePaymentDiscrepancyMutationVariables = Exact<{
  id: string;
  action: DiscrepancyAction;
  reason: string;
}>;


export type ResolvePaymentDiscrepancyMutation = { resolvePaymentDiscrepancy:
    | { __typename: 'PaymentDiscrepancyNotFound', code: string, message: string }
    | { __typename: 'PaymentDiscrepancyNotOpen', code: string, message: string }
    | { __typename: 'PaymentDiscrepancyNotRefundable', code: string, message: string }
    | { __typename: 'PaymentDiscrepancySuccess', discrepancy: { id: string, kind: DiscrepancyKind, state: DiscrepancyState, gatewayPaymentId: string, detail: string, detectedAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } | null, expected: { amount: number, currency: string } | null, found: { amount: number, currency: string } | null } }
   };

export type OrderDiscrepanciesQueryVariables = Exact<{
  id: string;
}>;


export type OrderDiscrepanciesQuery = { order: { discrepancies: Array<{ id: string, kind: DiscrepancyKind, state: DiscrepancyState, gatewayPaymentId: string, detail: string, detectedAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } | null, expected: { amount: number, currency: string } | null, found: { amount: number, currency: string } | null }> | null } | null };

export type OrderPartsFragment = { id: string, status: OrderStatus, version: number, idempotencyKey: string, createdAt: string, updatedAt: string, items: Array<{ sku: string, name: string, quantity: number, unitPrice: { amount: number, currency: string }, lineTotal: { amount: number, currency: string } }>, total: { amount: number, currency: string }, failure: { code: string, message: string } | null };

export type CreateOrderMutationVariables = Exact<{
  input: CreateOrderInput;
}>;


export type CreateOrderMutation = { createOrder:
    | { __typename: 'CreateOrderSuccess', replayed: boolean, order: { id: string, status: OrderStatus, version: number, idempotencyKey: string, createdAt: string, updatedAt: string, items: Array<{ sku: string, name: string, quantity: number, unitPrice: { amount: number, currency: string }, lineTotal: { amount: number, currency: string } }>, total: { amount: number, currency: string }, failure: { code: string, message: string } | null } }
    | { __typename: 'IdempotencyKeyReused', code: string, message: string }
    | { __typename: 'PriceChanged', code: string, message: string, total: { amount: number, currency: string } }
    | { __typename: 'ProductUnavailable', code: string, message: string, skus: Array<string> }
   };

export type OrderQueryVariables = Exact<{
  id: string;
}>;


export type OrderQuery = { order: { id: string, status: OrderStatus, version: number, idempotencyKey: string, createdAt: string, updatedAt: string, events: Array<{ version: number, type: OrderEventType, status: OrderStatus, previousStatus: OrderStatus | null, detail: string | null, occurredAt: string }>, items: Array<{ sku: string, name: string, quantity: number, unitPrice: { amount: number, currency: string }, lineTotal: { amount: number, currency: string } }>, total: { amount: number, currency: string }, failure: { code: string, message: string } | null } | null };

export type OrderByIdempotencyKeyQueryVariables = Exact<{
  idempotencyKey: string;
}>;


export type OrderByIdempotencyKeyQuery = { orderByIdempotencyKey: { id: string, status: OrderStatus, version: number, idempotencyKey: string, createdAt: string, updatedAt: string, items: Array<{ sku: string, name: string, quantity: number, unitPrice: { amount: number, currency: string }, lineTotal: { amount: number, currency: string } }>, total: { amount: number, currency: string }, failure: { code: string, message: string } | null } | null };

export type OrdersQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  status?: Array<OrderStatus> | OrderStatus | null | undefined;
}>;


export type OrdersQuery = { orders: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, edges: Array<{ cursor: string, node: { id: string, status: OrderStatus, idempotencyKey: string, createdAt: string } }> } };

export type ProductsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ProductsQuery = { products: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, edges: Array<{ cursor: string, node: { sku: string, name: string, active: boolean, price: { amount: number, currency: string } } }> } };

export type UpsertProductMutationVariables = Exact<{
  input: UpsertProductInput;
}>;


export type UpsertProductMutation = { upsertProduct: { sku: string, name: string, active: boolean, price: { amount: number, currency: string } } };

export type CancelOrderMutationVariables = Exact<{
  input: CancelOrderInput;
}>;


export type CancelOrderMutation = { cancelOrder:
    | { __typename: 'CancelOrderSuccess', order: { id: string, status: OrderStatus, version: number, idempotencyKey: string, createdAt: string, updatedAt: string, items: Array<{ sku: string, name: string, quantity: number, unitPrice: { amount: number, currency: string }, lineTotal: { amount: number, currency: string } }>, total: { amount: number, currency: string }, failure: { code: string, message: string } | null } }
    | { __typename: 'OrderNotCancellable', code: string, message: string, status: OrderStatus }
    | { __typename: 'OrderNotFound', code: string, message: string }
   };

export type OrderEventsSubscriptionVariables = Exact<{
  orderId: string;
  afterVersion?: number | null | undefined;
}>;


export type OrderEventsSubscription = { orderEvents: { orderId: string, version: number, type: OrderEventType, status: OrderStatus, previousStatus: OrderStatus | null, detail: string | null, occurredAt: string, order: { id: string, status: OrderStatus, version: number } } };

export type DeadLetterPartsFragment = { id: string, task: DeadLetterTask, state: DeadLetterState, attempts: number, error: string, createdAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } };

export type OperatorOrderQueryVariables = Exact<{
  id: string;
}>;


export type OperatorOrderQuery = { order: { customerId: string | null, failure: { code: string, message: string, gatewayCode: string | null } | null, events: Array<{ version: number, type: OrderEventType, detail: string | null, note: string | null, actor: string | null }> } | null };

export type DeadLettersQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  state?: DeadLetterState | null | undefined;
}>;


export type DeadLettersQuery = { deadLetters: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, edges: Array<{ cursor: string, node: { id: string, task: DeadLetterTask, state: DeadLetterState, attempts: number, error: string, createdAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } } }> } };

export type RetryDeadLetterMutationVariables = Exact<{
  id: string;
}>;


export type RetryDeadLetterMutation = { retryDeadLetter:
    | { __typename: 'DeadLetterNotFound', code: string, message: string }
    | { __typename: 'DeadLetterNotOpen', code: string, message: string, state: DeadLetterState }
    | { __typename: 'DeadLetterSuccess', deadLetter: { id: string, task: DeadLetterTask, state: DeadLetterState, attempts: number, error: string, createdAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } } }
   };

export type RetryAllDeadLettersMutationVariables = Exact<{
  limit?: number | null | undefined;
}>;


export type RetryAllDeadLettersMutation = { retryAllDeadLetters: number };

export type DiscardDeadLetterMutationVariables = Exact<{
  id: string;
  reason: string;
}>;


export type DiscardDeadLetterMutation = { discardDeadLetter:
    | { __typename: 'DeadLetterNotDiscardable', code: string, message: string }
    | { __typename: 'DeadLetterNotFound', code: string, message: string }
    | { __typename: 'DeadLetterNotOpen', code: string, message: string, state: DeadLetterState }
    | { __typename: 'DeadLetterSuccess', deadLetter: { id: string, task: DeadLetterTask, state: DeadLetterState, attempts: number, error: string, createdAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } } }
   };

export type SettleDeadLetterOutsideMutationVariables = Exact<{
  id: string;
  reason: string;
}>;


export type SettleDeadLetterOutsideMutation = { settleDeadLetterOutside:
    | { __typename: 'DeadLetterNotFound', code: string, message: string }
    | { __typename: 'DeadLetterNotOpen', code: string, message: string, state: DeadLetterState }
    | { __typename: 'DeadLetterNotSettleable', code: string, message: string }
    | { __typename: 'DeadLetterSuccess', deadLetter: { id: string, task: DeadLetterTask, state: DeadLetterState, attempts: number, error: string, createdAt: string, resolvedAt: string | null, resolvedBy: string | null, reason: string | null, order: { id: string, status: OrderStatus, version: number } } }
   };

export type AuditLogQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AuditLogQuery = { auditLog: { totalCount: number, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null }, edges: Array<{ cursor: string, node: { id: string, occurredAt: string, actor: string, action: string, target: string, reason: string | null, detail: string | null } }> } };

export type SystemStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type SystemStatusQuery = { systemStatus: { database: DependencyState, redis: DependencyState, paymentGateway: DependencyState, openDeadLetters: number | null, openPaymentDiscrepancies: number | null, missingOrders: number | null, notices: Array<string>, outbox: { pending: number, oldestPendingAgeSeconds: number | null } | null, queue: { waiting: number, active: number, delayed: number, throttledSeconds: number | null } | null } };

export type PayOrderMutationVariables = Exact<{
  input: PayOrderInput;
}>;


export type PayOrderMutation = { payOrder:
    | { __typename: 'IdempotencyKeyReused', code: string, message: string }
    | { __typename: 'OrderNotFound', code: string, message: string }
    | { __typename: 'OrderNotPayable', code: string, message: string, status: OrderStatus }
    | { __typename: 'PayOrderSuccess', replayed: boolean, order: { id: string, status: OrderStatus, version: number, idempotencyKey: string, createdAt: string, updatedAt: string, items: Array<{ sku: string, name: string, quantity: number, unitPrice: { amount: number, currency: string }, lineTotal: { amount: number, currency: string } }>, total: { amount: number, currency: string }, failure: { code: string, message: string } | null } }
   };

export type CompletePaymentActionMutationVariables = Exact<{
  orderId: string;
}>;


export type CompletePaymentActionMutation = { completePaymentAction:
    | { __typename: 'CompletePaymentActionSuccess', order: { id: string, status: OrderStatus } }
    | { __typename: 'OrderNotFound', code: string, message: string }
   };

export type OrderProgressQueryVariables = Exact<{
  id: string;
}>;


export type OrderProgressQuery = { order: { status: OrderStatus, payable: boolean, cancellable: boolean, paymentAction: { clientSecret: string, expiresAt: string } | null, delay: { since: string, nextAttemptAt: string | null, waitsForOperator: boolean } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const DiscrepancyPartsFragmentDoc = new TypedDocumentString(`
    fragment DiscrepancyParts on PaymentDiscrepancy {
  id
  kind
  state
  order {
    id
    status
    version
  }
  gatewayPaymentId
  expected {
    amount
    currency
  }
  found {
    amount
    currency
  }
  detail
  detectedAt
  resolvedAt
  resolvedBy
  reason
}
    `, {"fragmentName":"DiscrepancyParts"}) as unknown as TypedDocumentString<DiscrepancyPartsFragment, unknown>;
export const OrderPartsFragmentDoc = new TypedDocumentString(`
    fragment OrderParts on Order {
  id
  status
  version
  idempotencyKey
  items {
    sku
    name
    quantity
    unitPrice {
      amount
      currency
    }
    lineTotal {
      amount
      currency
    }
  }
  total {
    amount
    currency
  }
  failure {
    code
    message
  }
  createdAt
  updatedAt
}
    `, {"fragmentName":"OrderParts"}) as unknown as TypedDocumentString<OrderPartsFragment, unknown>;
export const DeadLetterPartsFragmentDoc = new TypedDocumentString(`
    fragment DeadLetterParts on DeadLetter {
  id
  order {
    id
    status
    version
  }
  task
  state
  attempts
  error
  createdAt
  resolvedAt
  resolvedBy
  reason
}
    `, {"fragmentName":"DeadLetterParts"}) as unknown as TypedDocumentString<DeadLetterPartsFragment, unknown>;
export const PaymentDiscrepanciesDocument = new TypedDocumentString(`
    query PaymentDiscrepancies($first: Int, $after: String, $state: DiscrepancyState = OPEN) {
  paymentDiscrepancies(first: $first, after: $after, state: $state) {
    totalCount
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    edges {
      cursor
      node {
        ...DiscrepancyParts
      }
    }
  }
}
    fragment DiscrepancyParts on PaymentDiscrepancy {
  id
  kind
  state
  order {
    id
    status
    version
  }
  gatewayPaymentId
  expected {
    amount
    currency
  }
  found {
    amount
    currency
  }
  detail
  detectedAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<PaymentDiscrepanciesQuery, PaymentDiscrepanciesQueryVariables>;
export const ResolvePaymentDiscrepancyDocument = new TypedDocumentString(`
    mutation ResolvePaymentDiscrepancy($id: ID!, $action: DiscrepancyAction!, $reason: String!) {
  resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {
    __typename
    ... on PaymentDiscrepancySuccess {
      discrepancy {
        ...DiscrepancyParts
      }
    }
    ... on OrderError {
      code
      message
    }
  }
}
    fragment DiscrepancyParts on PaymentDiscrepancy {
  id
  kind
  state
  order {
    id
    status
    version
  }
  gatewayPaymentId
  expected {
    amount
    currency
  }
  found {
    amount
    currency
  }
  detail
  detectedAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<ResolvePaymentDiscrepancyMutation, ResolvePaymentDiscrepancyMutationVariables>;
export const OrderDiscrepanciesDocument = new TypedDocumentString(`
    query OrderDiscrepancies($id: ID!) {
  order(id: $id) {
    discrepancies {
      ...DiscrepancyParts
    }
  }
}
    fragment DiscrepancyParts on PaymentDiscrepancy {
  id
  kind
  state
  order {
    id
    status
    version
  }
  gatewayPaymentId
  expected {
    amount
    currency
  }
  found {
    amount
    currency
  }
  detail
  detectedAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<OrderDiscrepanciesQuery, OrderDiscrepanciesQueryVariables>;
export const CreateOrderDocument = new TypedDocumentString(`
    mutation CreateOrder($input: CreateOrderInput!) {
  createOrder(input: $input) {
    __typename
    ... on CreateOrderSuccess {
      replayed
      order {
        ...OrderParts
      }
    }
    ... on OrderError {
      code
      message
    }
    ... on ProductUnavailable {
      skus
    }
    ... on PriceChanged {
      total {
        amount
        currency
      }
    }
  }
}
    fragment OrderParts on Order {
  id
  status
  version
  idempotencyKey
  items {
    sku
    name
    quantity
    unitPrice {
      amount
      currency
    }
    lineTotal {
      amount
      currency
    }
  }
  total {
    amount
    currency
  }
  failure {
    code
    message
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CreateOrderMutation, CreateOrderMutationVariables>;
export const OrderDocument = new TypedDocumentString(`
    query Order($id: ID!) {
  order(id: $id) {
    ...OrderParts
    events {
      version
      type
      status
      previousStatus
      detail
      occurredAt
    }
  }
}
    fragment OrderParts on Order {
  id
  status
  version
  idempotencyKey
  items {
    sku
    name
    quantity
    unitPrice {
      amount
      currency
    }
    lineTotal {
      amount
      currency
    }
  }
  total {
    amount
    currency
  }
  failure {
    code
    message
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<OrderQuery, OrderQueryVariables>;
export const OrderByIdempotencyKeyDocument = new TypedDocumentString(`
    query OrderByIdempotencyKey($idempotencyKey: String!) {
  orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {
    ...OrderParts
  }
}
    fragment OrderParts on Order {
  id
  status
  version
  idempotencyKey
  items {
    sku
    name
    quantity
    unitPrice {
      amount
      currency
    }
    lineTotal {
      amount
      currency
    }
  }
  total {
    amount
    currency
  }
  failure {
    code
    message
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<OrderByIdempotencyKeyQuery, OrderByIdempotencyKeyQueryVariables>;
export const OrdersDocument = new TypedDocumentString(`
    query Orders($first: Int, $after: String, $status: [OrderStatus!]) {
  orders(first: $first, after: $after, status: $status) {
    totalCount
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    edges {
      cursor
      node {
        id
        status
        idempotencyKey
        createdAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OrdersQuery, OrdersQueryVariables>;
export const ProductsDocument = new TypedDocumentString(`
    query Products($first: Int, $after: String) {
  products(first: $first, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    edges {
      cursor
      node {
        sku
        name
        active
        price {
          amount
          currency
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ProductsQuery, ProductsQueryVariables>;
export const UpsertProductDocument = new TypedDocumentString(`
    mutation UpsertProduct($input: UpsertProductInput!) {
  upsertProduct(input: $input) {
    sku
    name
    active
    price {
      amount
      currency
    }
  }
}
    `) as unknown as TypedDocumentString<UpsertProductMutation, UpsertProductMutationVariables>;
export const CancelOrderDocument = new TypedDocumentString(`
    mutation CancelOrder($input: CancelOrderInput!) {
  cancelOrder(input: $input) {
    __typename
    ... on CancelOrderSuccess {
      order {
        ...OrderParts
      }
    }
    ... on OrderError {
      code
      message
    }
    ... on OrderNotCancellable {
      status
    }
  }
}
    fragment OrderParts on Order {
  id
  status
  version
  idempotencyKey
  items {
    sku
    name
    quantity
    unitPrice {
      amount
      currency
    }
    lineTotal {
      amount
      currency
    }
  }
  total {
    amount
    currency
  }
  failure {
    code
    message
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CancelOrderMutation, CancelOrderMutationVariables>;
export const OrderEventsDocument = new TypedDocumentString(`
    subscription OrderEvents($orderId: ID!, $afterVersion: Int) {
  orderEvents(orderId: $orderId, afterVersion: $afterVersion) {
    orderId
    version
    type
    status
    previousStatus
    detail
    occurredAt
    order {
      id
      status
      version
    }
  }
}
    `) as unknown as TypedDocumentString<OrderEventsSubscription, OrderEventsSubscriptionVariables>;
export const OperatorOrderDocument = new TypedDocumentString(`
    query OperatorOrder($id: ID!) {
  order(id: $id) {
    customerId
    failure {
      code
      message
      gatewayCode
    }
    events {
      version
      type
      detail
      note
      actor
    }
  }
}
    `) as unknown as TypedDocumentString<OperatorOrderQuery, OperatorOrderQueryVariables>;
export const DeadLettersDocument = new TypedDocumentString(`
    query DeadLetters($first: Int, $after: String, $state: DeadLetterState = OPEN) {
  deadLetters(first: $first, after: $after, state: $state) {
    totalCount
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    edges {
      cursor
      node {
        ...DeadLetterParts
      }
    }
  }
}
    fragment DeadLetterParts on DeadLetter {
  id
  order {
    id
    status
    version
  }
  task
  state
  attempts
  error
  createdAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<DeadLettersQuery, DeadLettersQueryVariables>;
export const RetryDeadLetterDocument = new TypedDocumentString(`
    mutation RetryDeadLetter($id: ID!) {
  retryDeadLetter(id: $id) {
    __typename
    ... on DeadLetterSuccess {
      deadLetter {
        ...DeadLetterParts
      }
    }
    ... on OrderError {
      code
      message
    }
    ... on DeadLetterNotOpen {
      state
    }
  }
}
    fragment DeadLetterParts on DeadLetter {
  id
  order {
    id
    status
    version
  }
  task
  state
  attempts
  error
  createdAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<RetryDeadLetterMutation, RetryDeadLetterMutationVariables>;
export const RetryAllDeadLettersDocument = new TypedDocumentString(`
    mutation RetryAllDeadLetters($limit: Int) {
  retryAllDeadLetters(limit: $limit)
}
    `) as unknown as TypedDocumentString<RetryAllDeadLettersMutation, RetryAllDeadLettersMutationVariables>;
export const DiscardDeadLetterDocument = new TypedDocumentString(`
    mutation DiscardDeadLetter($id: ID!, $reason: String!) {
  discardDeadLetter(id: $id, reason: $reason) {
    __typename
    ... on DeadLetterSuccess {
      deadLetter {
        ...DeadLetterParts
      }
    }
    ... on OrderError {
      code
      message
    }
    ... on DeadLetterNotOpen {
      state
    }
  }
}
    fragment DeadLetterParts on DeadLetter {
  id
  order {
    id
    status
    version
  }
  task
  state
  attempts
  error
  createdAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<DiscardDeadLetterMutation, DiscardDeadLetterMutationVariables>;
export const SettleDeadLetterOutsideDocument = new TypedDocumentString(`
    mutation SettleDeadLetterOutside($id: ID!, $reason: String!) {
  settleDeadLetterOutside(id: $id, reason: $reason) {
    __typename
    ... on DeadLetterSuccess {
      deadLetter {
        ...DeadLetterParts
      }
    }
    ... on OrderError {
      code
      message
    }
    ... on DeadLetterNotOpen {
      state
    }
  }
}
    fragment DeadLetterParts on DeadLetter {
  id
  order {
    id
    status
    version
  }
  task
  state
  attempts
  error
  createdAt
  resolvedAt
  resolvedBy
  reason
}`) as unknown as TypedDocumentString<SettleDeadLetterOutsideMutation, SettleDeadLetterOutsideMutationVariables>;
export const AuditLogDocument = new TypedDocumentString(`
    query AuditLog($first: Int, $after: String) {
  auditLog(first: $first, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    edges {
      cursor
      node {
        id
        occurredAt
        actor
        action
        target
        reason
        detail
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AuditLogQuery, AuditLogQueryVariables>;
export const SystemStatusDocument = new TypedDocumentString(`
    query SystemStatus {
  systemStatus {
    database
    redis
    paymentGateway
    outbox {
      pending
      oldestPendingAgeSeconds
    }
    queue {
      waiting
      active
      delayed
      throttledSeconds
    }
    openDeadLetters
    openPaymentDiscrepancies
    missingOrders
    notices
  }
}
    `) as unknown as TypedDocumentString<SystemStatusQuery, SystemStatusQueryVariables>;
export const PayOrderDocument = new TypedDocumentString(`
    mutation PayOrder($input: PayOrderInput!) {
  payOrder(input: $input) {
    __typename
    ... on PayOrderSuccess {
      replayed
      order {
        ...OrderParts
      }
    }
    ... on OrderError {
      code
      message
    }
    ... on OrderNotPayable {
      status
    }
  }
}
    fragment OrderParts on Order {
  id
  status
  version
  idempotencyKey
  items {
    sku
    name
    quantity
    unitPrice {
      amount
      currency
    }
    lineTotal {
      amount
      currency
    }
  }
  total {
    amount
    currency
  }
  failure {
    code
    message
  }
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<PayOrderMutation, PayOrderMutationVariables>;
export const CompletePaymentActionDocument = new TypedDocumentString(`
    mutation CompletePaymentAction($orderId: ID!) {
  completePaymentAction(orderId: $orderId) {
    __typename
    ... on CompletePaymentActionSuccess {
      order {
        id
        status
      }
    }
    ... on OrderError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CompletePaymentActionMutation, CompletePaymentActionMutationVariables>;
export const OrderProgressDocument = new TypedDocumentString(`
    query OrderProgress($id: ID!) {
  order(id: $id) {
    status
    paymentAction {
      clientSecret
      expiresAt
    }
    delay {
      since
      nextAttemptAt
      waitsForOperator
    }
    payable
    cancellable
  }
}
    `) as unknown as TypedDocumentString<OrderProgressQuery, OrderProgressQueryVariables>;