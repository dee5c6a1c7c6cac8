import { randomUUID } from 'node:crypto';
import { graphql } from '../generated/gql.js';
import type { CreateOrderInput } from '../generated/graphql.js';

graphql(`
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
`);

export const CreateOrderDocument = graphql(`
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
`);

export const OrderDocument = graphql(`
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
`);

export const OrderByIdempotencyKeyDocument = graphql(`
  query OrderByIdempotencyKey($idempotencyKey: String!) {
    orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {
      ...OrderParts
    }
  }
`);

export const OrdersDocument = graphql(`
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
`);

export const ProductsDocument = graphql(`
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
`);

export const UpsertProductDocument = graphql(`
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
`);

export const CancelOrderDocument = graphql(`
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
`);

export const OrderEventsDocument = graphql(`
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
`);

/** An input for 19.80 EUR that the sandbox confirms, with a new key. */
export function orderInput(overrides: Partial<CreateOrderInput> = {}): CreateOrderInput {
  return {
    idempotencyKey: randomUUID(),
    items: [{ sku: 'cup-espresso', quantity: 2 }],
    paymentMethod: 'pm_card_visa',
    ...overrides,
  };
}
