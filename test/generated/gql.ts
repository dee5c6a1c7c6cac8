/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  fragment OrderParts on Order {\n    id\n    status\n    version\n    idempotencyKey\n    items {\n      sku\n      name\n      quantity\n      unitPrice {\n        amount\n        currency\n      }\n      lineTotal {\n        amount\n        currency\n      }\n    }\n    total {\n      amount\n      currency\n    }\n    failure {\n      code\n      message\n    }\n    createdAt\n    updatedAt\n  }\n": typeof types.OrderPartsFragmentDoc,
    "\n  mutation CreateOrder($input: CreateOrderInput!) {\n    createOrder(input: $input) {\n      __typename\n      ... on CreateOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on ProductUnavailable {\n        skus\n      }\n      ... on PriceChanged {\n        total {\n          amount\n          currency\n        }\n      }\n    }\n  }\n": typeof types.CreateOrderDocument,
    "\n  query Order($id: ID!) {\n    order(id: $id) {\n      ...OrderParts\n      events {\n        version\n        type\n        status\n        previousStatus\n        detail\n        occurredAt\n      }\n    }\n  }\n": typeof types.OrderDocument,
    "\n  query OrderByIdempotencyKey($idempotencyKey: String!) {\n    orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {\n      ...OrderParts\n    }\n  }\n": typeof types.OrderByIdempotencyKeyDocument,
    "\n  query Orders($first: Int, $after: String, $status: [OrderStatus!]) {\n    orders(first: $first, after: $after, status: $status) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          status\n          idempotencyKey\n          createdAt\n        }\n      }\n    }\n  }\n": typeof types.OrdersDocument,
    "\n  query Products($first: Int, $after: String) {\n    products(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          sku\n          name\n          active\n          price {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n": typeof types.ProductsDocument,
    "\n  mutation UpsertProduct($input: UpsertProductInput!) {\n    upsertProduct(input: $input) {\n      sku\n      name\n      active\n      price {\n        amount\n        currency\n      }\n    }\n  }\n": typeof types.UpsertProductDocument,
    "\n  subscription OrderEvents($orderId: ID!, $afterVersion: Int) {\n    orderEvents(orderId: $orderId, afterVersion: $afterVersion) {\n      orderId\n      version\n      type\n      status\n      previousStatus\n      detail\n      occurredAt\n      order {\n        id\n        status\n        version\n      }\n    }\n  }\n": typeof types.OrderEventsDocument,
};
const documents: Documents = {
    "\n  fragment OrderParts on Order {\n    id\n    status\n    version\n    idempotencyKey\n    items {\n      sku\n      name\n      quantity\n      unitPrice {\n        amount\n        currency\n      }\n      lineTotal {\n        amount\n        currency\n      }\n    }\n    total {\n      amount\n      currency\n    }\n    failure {\n      code\n      message\n    }\n    createdAt\n    updatedAt\n  }\n": types.OrderPartsFragmentDoc,
    "\n  mutation CreateOrder($input: CreateOrderInput!) {\n    createOrder(input: $input) {\n      __typename\n      ... on CreateOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on ProductUnavailable {\n        skus\n      }\n      ... on PriceChanged {\n        total {\n          amount\n          currency\n        }\n      }\n    }\n  }\n": types.CreateOrderDocument,
    "\n  query Order($id: ID!) {\n    order(id: $id) {\n      ...OrderParts\n      events {\n        version\n        type\n        status\n        previousStatus\n        detail\n        occurredAt\n      }\n    }\n  }\n": types.OrderDocument,
    "\n  query OrderByIdempotencyKey($idempotencyKey: String!) {\n    orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {\n      ...OrderParts\n    }\n  }\n": types.OrderByIdempotencyKeyDocument,
    "\n  query Orders($first: Int, $after: String, $status: [OrderStatus!]) {\n    orders(first: $first, after: $after, status: $status) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          status\n          idempotencyKey\n          createdAt\n        }\n      }\n    }\n  }\n": types.OrdersDocument,
    "\n  query Products($first: Int, $after: String) {\n    products(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          sku\n          name\n          active\n          price {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n": types.ProductsDocument,
    "\n  mutation UpsertProduct($input: UpsertProductInput!) {\n    upsertProduct(input: $input) {\n      sku\n      name\n      active\n      price {\n        amount\n        currency\n      }\n    }\n  }\n": types.UpsertProductDocument,
    "\n  subscription OrderEvents($orderId: ID!, $afterVersion: Int) {\n    orderEvents(orderId: $orderId, afterVersion: $afterVersion) {\n      orderId\n      version\n      type\n      status\n      previousStatus\n      detail\n      occurredAt\n      order {\n        id\n        status\n        version\n      }\n    }\n  }\n": types.OrderEventsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment OrderParts on Order {\n    id\n    status\n    version\n    idempotencyKey\n    items {\n      sku\n      name\n      quantity\n      unitPrice {\n        amount\n        currency\n      }\n      lineTotal {\n        amount\n        currency\n      }\n    }\n    total {\n      amount\n      currency\n    }\n    failure {\n      code\n      message\n    }\n    createdAt\n    updatedAt\n  }\n"): typeof import('./graphql.js').OrderPartsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CreateOrder($input: CreateOrderInput!) {\n    createOrder(input: $input) {\n      __typename\n      ... on CreateOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on ProductUnavailable {\n        skus\n      }\n      ... on PriceChanged {\n        total {\n          amount\n          currency\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').CreateOrderDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Order($id: ID!) {\n    order(id: $id) {\n      ...OrderParts\n      events {\n        version\n        type\n        status\n        previousStatus\n        detail\n        occurredAt\n      }\n    }\n  }\n"): typeof import('./graphql.js').OrderDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OrderByIdempotencyKey($idempotencyKey: String!) {\n    orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {\n      ...OrderParts\n    }\n  }\n"): typeof import('./graphql.js').OrderByIdempotencyKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Orders($first: Int, $after: String, $status: [OrderStatus!]) {\n    orders(first: $first, after: $after, status: $status) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          status\n          idempotencyKey\n          createdAt\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').OrdersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Products($first: Int, $after: String) {\n    products(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          sku\n          name\n          active\n          price {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').ProductsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation UpsertProduct($input: UpsertProductInput!) {\n    upsertProduct(input: $input) {\n      sku\n      name\n      active\n      price {\n        amount\n        currency\n      }\n    }\n  }\n"): typeof import('./graphql.js').UpsertProductDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription OrderEvents($orderId: ID!, $afterVersion: Int) {\n    orderEvents(orderId: $orderId, afterVersion: $afterVersion) {\n      orderId\n      version\n      type\n      status\n      previousStatus\n      detail\n      occurredAt\n      order {\n        id\n        status\n        version\n      }\n    }\n  }\n"): typeof import('./graphql.js').OrderEventsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
