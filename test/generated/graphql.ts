/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** A new order. */
export type CreateOrderInput = {
  /** Where given, the order is made only if its total is this one; else PriceChanged. */
  expectedTotal?: MoneyInput | null | undefined;
  /** Chosen by the client before its first try, the same for every retry: 1 to 255 printable ASCII characters (a UUID serves). */
  idempotencyKey: string;
  /** 1 to 100 lines, no SKU twice, one currency. */
  items: Array<OrderItemInput>;
  /** A token of the payment gateway, such as pm_card_visa. Never a card number: anything that looks like one is refused and not logged. */
  paymentMethod: string;
};

/** An amount in the currency's minor unit. */
export type MoneyInput = {
  /** Whole minor units, at least 1. */
  amount: number;
  /** ISO 4217 code, upper case. */
  currency: string;
};

/** What can happen to an order. */
export type OrderEventType =
  /** The order was accepted and stored. */
  | 'ORDER_CREATED'
  /** An attempt failed in a way that may pass (timeout, 5xx, 429); it will be tried again. */
  | 'PAYMENT_ATTEMPT_FAILED'
  /** The gateway refused the payment; no money moved. */
  | 'PAYMENT_DECLINED'
  /** The worker began to charge. */
  | 'PAYMENT_STARTED'
  /** The gateway took the money. */
  | 'PAYMENT_SUCCEEDED';

/** One line of a new order. */
export type OrderItemInput = {
  /** 1 to 1000. */
  quantity: number;
  /** An active product's key. */
  sku: string;
};

/** Where an order stands. */
export type OrderStatus =
  /** Paid. */
  | 'CONFIRMED'
  /** The payment was declined. Final. */
  | 'PAYMENT_FAILED'
  /** The worker is charging, or will retry; leaves when the gateway's outcome is known. */
  | 'PAYMENT_PROCESSING'
  /** Accepted and stored; waits for the payment worker. */
  | 'PENDING';

/** A product to create or change. */
export type UpsertProductInput = {
  /** An inactive product can't be ordered. */
  active?: boolean | null | undefined;
  /** 1 to 200 characters. */
  name: string;
  /** For one piece; at least 1 minor unit. */
  price: MoneyInput;
  /** 1 to 64 printable ASCII characters without spaces. */
  sku: string;
};

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

export type OrderEventsSubscriptionVariables = Exact<{
  orderId: string;
  afterVersion?: number | null | undefined;
}>;


export type OrderEventsSubscription = { orderEvents: { orderId: string, version: number, type: OrderEventType, status: OrderStatus, previousStatus: OrderStatus | null, detail: string | null, occurredAt: string, order: { id: string, status: OrderStatus, version: number } } };

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