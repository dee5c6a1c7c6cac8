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
    "\n  fragment DiscrepancyParts on PaymentDiscrepancy {\n    id\n    kind\n    state\n    order {\n      id\n      status\n      version\n    }\n    gatewayPaymentId\n    expected {\n      amount\n      currency\n    }\n    found {\n      amount\n      currency\n    }\n    detail\n    detectedAt\n    resolvedAt\n    resolvedBy\n    reason\n  }\n": typeof types.DiscrepancyPartsFragmentDoc,
    "\n  query PaymentDiscrepancies($first: Int, $after: String, $state: DiscrepancyState = OPEN) {\n    paymentDiscrepancies(first: $first, after: $after, state: $state) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          ...DiscrepancyParts\n        }\n      }\n    }\n  }\n": typeof types.PaymentDiscrepanciesDocument,
    "\n  mutation ResolvePaymentDiscrepancy($id: ID!, $action: DiscrepancyAction!, $reason: String!) {\n    resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {\n      __typename\n      ... on PaymentDiscrepancySuccess {\n        discrepancy {\n          ...DiscrepancyParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n    }\n  }\n": typeof types.ResolvePaymentDiscrepancyDocument,
    "\n  query OrderDiscrepancies($id: ID!) {\n    order(id: $id) {\n      discrepancies {\n        ...DiscrepancyParts\n      }\n    }\n  }\n": typeof types.OrderDiscrepanciesDocument,
    "\n  fragment OrderParts on Order {\n    id\n    status\n    version\n    idempotencyKey\n    items {\n      sku\n      name\n      quantity\n      unitPrice {\n        amount\n        currency\n      }\n      lineTotal {\n        amount\n        currency\n      }\n    }\n    total {\n      amount\n      currency\n    }\n    failure {\n      code\n      message\n    }\n    createdAt\n    updatedAt\n  }\n": typeof types.OrderPartsFragmentDoc,
    "\n  mutation CreateOrder($input: CreateOrderInput!) {\n    createOrder(input: $input) {\n      __typename\n      ... on CreateOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on ProductUnavailable {\n        skus\n      }\n      ... on PriceChanged {\n        total {\n          amount\n          currency\n        }\n      }\n    }\n  }\n": typeof types.CreateOrderDocument,
    "\n  query Order($id: ID!) {\n    order(id: $id) {\n      ...OrderParts\n      events {\n        version\n        type\n        status\n        previousStatus\n        detail\n        occurredAt\n      }\n    }\n  }\n": typeof types.OrderDocument,
    "\n  query OrderByIdempotencyKey($idempotencyKey: String!) {\n    orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {\n      ...OrderParts\n    }\n  }\n": typeof types.OrderByIdempotencyKeyDocument,
    "\n  query Orders($first: Int, $after: String, $status: [OrderStatus!]) {\n    orders(first: $first, after: $after, status: $status) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          status\n          idempotencyKey\n          createdAt\n        }\n      }\n    }\n  }\n": typeof types.OrdersDocument,
    "\n  query Products($first: Int, $after: String) {\n    products(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          sku\n          name\n          active\n          price {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n": typeof types.ProductsDocument,
    "\n  mutation UpsertProduct($input: UpsertProductInput!) {\n    upsertProduct(input: $input) {\n      sku\n      name\n      active\n      price {\n        amount\n        currency\n      }\n    }\n  }\n": typeof types.UpsertProductDocument,
    "\n  mutation CancelOrder($input: CancelOrderInput!) {\n    cancelOrder(input: $input) {\n      __typename\n      ... on CancelOrderSuccess {\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on OrderNotCancellable {\n        status\n      }\n    }\n  }\n": typeof types.CancelOrderDocument,
    "\n  subscription OrderEvents($orderId: ID!, $afterVersion: Int) {\n    orderEvents(orderId: $orderId, afterVersion: $afterVersion) {\n      orderId\n      version\n      type\n      status\n      previousStatus\n      detail\n      occurredAt\n      order {\n        id\n        status\n        version\n      }\n    }\n  }\n": typeof types.OrderEventsDocument,
    "\n  fragment DeadLetterParts on DeadLetter {\n    id\n    order {\n      id\n      status\n      version\n    }\n    task\n    state\n    attempts\n    error\n    createdAt\n    resolvedAt\n    resolvedBy\n    reason\n  }\n": typeof types.DeadLetterPartsFragmentDoc,
    "\n  query OperatorOrder($id: ID!) {\n    order(id: $id) {\n      customerId\n      failure {\n        code\n        message\n        gatewayCode\n      }\n      events {\n        version\n        type\n        detail\n        note\n        actor\n      }\n    }\n  }\n": typeof types.OperatorOrderDocument,
    "\n  query DeadLetters($first: Int, $after: String, $state: DeadLetterState = OPEN) {\n    deadLetters(first: $first, after: $after, state: $state) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          ...DeadLetterParts\n        }\n      }\n    }\n  }\n": typeof types.DeadLettersDocument,
    "\n  mutation RetryDeadLetter($id: ID!) {\n    retryDeadLetter(id: $id) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n": typeof types.RetryDeadLetterDocument,
    "\n  mutation RetryAllDeadLetters($limit: Int) {\n    retryAllDeadLetters(limit: $limit)\n  }\n": typeof types.RetryAllDeadLettersDocument,
    "\n  mutation DiscardDeadLetter($id: ID!, $reason: String!) {\n    discardDeadLetter(id: $id, reason: $reason) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n": typeof types.DiscardDeadLetterDocument,
    "\n  mutation SettleDeadLetterOutside($id: ID!, $reason: String!) {\n    settleDeadLetterOutside(id: $id, reason: $reason) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n": typeof types.SettleDeadLetterOutsideDocument,
    "\n  query AuditLog($first: Int, $after: String) {\n    auditLog(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          occurredAt\n          actor\n          action\n          target\n          reason\n          detail\n        }\n      }\n    }\n  }\n": typeof types.AuditLogDocument,
    "\n  query SystemStatus {\n    systemStatus {\n      database\n      redis\n      paymentGateway\n      outbox {\n        pending\n        oldestPendingAgeSeconds\n      }\n      queue {\n        waiting\n        active\n        delayed\n        throttledSeconds\n      }\n      openDeadLetters\n      openPaymentDiscrepancies\n      missingOrders\n      notices\n    }\n  }\n": typeof types.SystemStatusDocument,
    "\n  mutation PayOrder($input: PayOrderInput!) {\n    payOrder(input: $input) {\n      __typename\n      ... on PayOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on OrderNotPayable {\n        status\n      }\n    }\n  }\n": typeof types.PayOrderDocument,
    "\n  mutation CompletePaymentAction($orderId: ID!) {\n    completePaymentAction(orderId: $orderId) {\n      __typename\n      ... on CompletePaymentActionSuccess {\n        order {\n          id\n          status\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n    }\n  }\n": typeof types.CompletePaymentActionDocument,
    "\n  query OrderProgress($id: ID!) {\n    order(id: $id) {\n      status\n      paymentAction {\n        clientSecret\n        expiresAt\n      }\n      delay {\n        since\n        nextAttemptAt\n        waitsForOperator\n      }\n      payable\n      cancellable\n    }\n  }\n": typeof types.OrderProgressDocument,
};
const documents: Documents = {
    "\n  fragment DiscrepancyParts on PaymentDiscrepancy {\n    id\n    kind\n    state\n    order {\n      id\n      status\n      version\n    }\n    gatewayPaymentId\n    expected {\n      amount\n      currency\n    }\n    found {\n      amount\n      currency\n    }\n    detail\n    detectedAt\n    resolvedAt\n    resolvedBy\n    reason\n  }\n": types.DiscrepancyPartsFragmentDoc,
    "\n  query PaymentDiscrepancies($first: Int, $after: String, $state: DiscrepancyState = OPEN) {\n    paymentDiscrepancies(first: $first, after: $after, state: $state) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          ...DiscrepancyParts\n        }\n      }\n    }\n  }\n": types.PaymentDiscrepanciesDocument,
    "\n  mutation ResolvePaymentDiscrepancy($id: ID!, $action: DiscrepancyAction!, $reason: String!) {\n    resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {\n      __typename\n      ... on PaymentDiscrepancySuccess {\n        discrepancy {\n          ...DiscrepancyParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n    }\n  }\n": types.ResolvePaymentDiscrepancyDocument,
    "\n  query OrderDiscrepancies($id: ID!) {\n    order(id: $id) {\n      discrepancies {\n        ...DiscrepancyParts\n      }\n    }\n  }\n": types.OrderDiscrepanciesDocument,
    "\n  fragment OrderParts on Order {\n    id\n    status\n    version\n    idempotencyKey\n    items {\n      sku\n      name\n      quantity\n      unitPrice {\n        amount\n        currency\n      }\n      lineTotal {\n        amount\n        currency\n      }\n    }\n    total {\n      amount\n      currency\n    }\n    failure {\n      code\n      message\n    }\n    createdAt\n    updatedAt\n  }\n": types.OrderPartsFragmentDoc,
    "\n  mutation CreateOrder($input: CreateOrderInput!) {\n    createOrder(input: $input) {\n      __typename\n      ... on CreateOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on ProductUnavailable {\n        skus\n      }\n      ... on PriceChanged {\n        total {\n          amount\n          currency\n        }\n      }\n    }\n  }\n": types.CreateOrderDocument,
    "\n  query Order($id: ID!) {\n    order(id: $id) {\n      ...OrderParts\n      events {\n        version\n        type\n        status\n        previousStatus\n        detail\n        occurredAt\n      }\n    }\n  }\n": types.OrderDocument,
    "\n  query OrderByIdempotencyKey($idempotencyKey: String!) {\n    orderByIdempotencyKey(idempotencyKey: $idempotencyKey) {\n      ...OrderParts\n    }\n  }\n": types.OrderByIdempotencyKeyDocument,
    "\n  query Orders($first: Int, $after: String, $status: [OrderStatus!]) {\n    orders(first: $first, after: $after, status: $status) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          status\n          idempotencyKey\n          createdAt\n        }\n      }\n    }\n  }\n": types.OrdersDocument,
    "\n  query Products($first: Int, $after: String) {\n    products(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          sku\n          name\n          active\n          price {\n            amount\n            currency\n          }\n        }\n      }\n    }\n  }\n": types.ProductsDocument,
    "\n  mutation UpsertProduct($input: UpsertProductInput!) {\n    upsertProduct(input: $input) {\n      sku\n      name\n      active\n      price {\n        amount\n        currency\n      }\n    }\n  }\n": types.UpsertProductDocument,
    "\n  mutation CancelOrder($input: CancelOrderInput!) {\n    cancelOrder(input: $input) {\n      __typename\n      ... on CancelOrderSuccess {\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on OrderNotCancellable {\n        status\n      }\n    }\n  }\n": types.CancelOrderDocument,
    "\n  subscription OrderEvents($orderId: ID!, $afterVersion: Int) {\n    orderEvents(orderId: $orderId, afterVersion: $afterVersion) {\n      orderId\n      version\n      type\n      status\n      previousStatus\n      detail\n      occurredAt\n      order {\n        id\n        status\n        version\n      }\n    }\n  }\n": types.OrderEventsDocument,
    "\n  fragment DeadLetterParts on DeadLetter {\n    id\n    order {\n      id\n      status\n      version\n    }\n    task\n    state\n    attempts\n    error\n    createdAt\n    resolvedAt\n    resolvedBy\n    reason\n  }\n": types.DeadLetterPartsFragmentDoc,
    "\n  query OperatorOrder($id: ID!) {\n    order(id: $id) {\n      customerId\n      failure {\n        code\n        message\n        gatewayCode\n      }\n      events {\n        version\n        type\n        detail\n        note\n        actor\n      }\n    }\n  }\n": types.OperatorOrderDocument,
    "\n  query DeadLetters($first: Int, $after: String, $state: DeadLetterState = OPEN) {\n    deadLetters(first: $first, after: $after, state: $state) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          ...DeadLetterParts\n        }\n      }\n    }\n  }\n": types.DeadLettersDocument,
    "\n  mutation RetryDeadLetter($id: ID!) {\n    retryDeadLetter(id: $id) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n": types.RetryDeadLetterDocument,
    "\n  mutation RetryAllDeadLetters($limit: Int) {\n    retryAllDeadLetters(limit: $limit)\n  }\n": types.RetryAllDeadLettersDocument,
    "\n  mutation DiscardDeadLetter($id: ID!, $reason: String!) {\n    discardDeadLetter(id: $id, reason: $reason) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n": types.DiscardDeadLetterDocument,
    "\n  mutation SettleDeadLetterOutside($id: ID!, $reason: String!) {\n    settleDeadLetterOutside(id: $id, reason: $reason) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n": types.SettleDeadLetterOutsideDocument,
    "\n  query AuditLog($first: Int, $after: String) {\n    auditLog(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          occurredAt\n          actor\n          action\n          target\n          reason\n          detail\n        }\n      }\n    }\n  }\n": types.AuditLogDocument,
    "\n  query SystemStatus {\n    systemStatus {\n      database\n      redis\n      paymentGateway\n      outbox {\n        pending\n        oldestPendingAgeSeconds\n      }\n      queue {\n        waiting\n        active\n        delayed\n        throttledSeconds\n      }\n      openDeadLetters\n      openPaymentDiscrepancies\n      missingOrders\n      notices\n    }\n  }\n": types.SystemStatusDocument,
    "\n  mutation PayOrder($input: PayOrderInput!) {\n    payOrder(input: $input) {\n      __typename\n      ... on PayOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on OrderNotPayable {\n        status\n      }\n    }\n  }\n": types.PayOrderDocument,
    "\n  mutation CompletePaymentAction($orderId: ID!) {\n    completePaymentAction(orderId: $orderId) {\n      __typename\n      ... on CompletePaymentActionSuccess {\n        order {\n          id\n          status\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n    }\n  }\n": types.CompletePaymentActionDocument,
    "\n  query OrderProgress($id: ID!) {\n    order(id: $id) {\n      status\n      paymentAction {\n        clientSecret\n        expiresAt\n      }\n      delay {\n        since\n        nextAttemptAt\n        waitsForOperator\n      }\n      payable\n      cancellable\n    }\n  }\n": types.OrderProgressDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DiscrepancyParts on PaymentDiscrepancy {\n    id\n    kind\n    state\n    order {\n      id\n      status\n      version\n    }\n    gatewayPaymentId\n    expected {\n      amount\n      currency\n    }\n    found {\n      amount\n      currency\n    }\n    detail\n    detectedAt\n    resolvedAt\n    resolvedBy\n    reason\n  }\n"): typeof import('./graphql.js').DiscrepancyPartsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PaymentDiscrepancies($first: Int, $after: String, $state: DiscrepancyState = OPEN) {\n    paymentDiscrepancies(first: $first, after: $after, state: $state) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          ...DiscrepancyParts\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').PaymentDiscrepanciesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ResolvePaymentDiscrepancy($id: ID!, $action: DiscrepancyAction!, $reason: String!) {\n    resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {\n      __typename\n      ... on PaymentDiscrepancySuccess {\n        discrepancy {\n          ...DiscrepancyParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n    }\n  }\n"): typeof import('./graphql.js').ResolvePaymentDiscrepancyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OrderDiscrepancies($id: ID!) {\n    order(id: $id) {\n      discrepancies {\n        ...DiscrepancyParts\n      }\n    }\n  }\n"): typeof import('./graphql.js').OrderDiscrepanciesDocument;
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
export function graphql(source: "\n  mutation CancelOrder($input: CancelOrderInput!) {\n    cancelOrder(input: $input) {\n      __typename\n      ... on CancelOrderSuccess {\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on OrderNotCancellable {\n        status\n      }\n    }\n  }\n"): typeof import('./graphql.js').CancelOrderDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription OrderEvents($orderId: ID!, $afterVersion: Int) {\n    orderEvents(orderId: $orderId, afterVersion: $afterVersion) {\n      orderId\n      version\n      type\n      status\n      previousStatus\n      detail\n      occurredAt\n      order {\n        id\n        status\n        version\n      }\n    }\n  }\n"): typeof import('./graphql.js').OrderEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  fragment DeadLetterParts on DeadLetter {\n    id\n    order {\n      id\n      status\n      version\n    }\n    task\n    state\n    attempts\n    error\n    createdAt\n    resolvedAt\n    resolvedBy\n    reason\n  }\n"): typeof import('./graphql.js').DeadLetterPartsFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OperatorOrder($id: ID!) {\n    order(id: $id) {\n      customerId\n      failure {\n        code\n        message\n        gatewayCode\n      }\n      events {\n        version\n        type\n        detail\n        note\n        actor\n      }\n    }\n  }\n"): typeof import('./graphql.js').OperatorOrderDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DeadLetters($first: Int, $after: String, $state: DeadLetterState = OPEN) {\n    deadLetters(first: $first, after: $after, state: $state) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          ...DeadLetterParts\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').DeadLettersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryDeadLetter($id: ID!) {\n    retryDeadLetter(id: $id) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n"): typeof import('./graphql.js').RetryDeadLetterDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RetryAllDeadLetters($limit: Int) {\n    retryAllDeadLetters(limit: $limit)\n  }\n"): typeof import('./graphql.js').RetryAllDeadLettersDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation DiscardDeadLetter($id: ID!, $reason: String!) {\n    discardDeadLetter(id: $id, reason: $reason) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n"): typeof import('./graphql.js').DiscardDeadLetterDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SettleDeadLetterOutside($id: ID!, $reason: String!) {\n    settleDeadLetterOutside(id: $id, reason: $reason) {\n      __typename\n      ... on DeadLetterSuccess {\n        deadLetter {\n          ...DeadLetterParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on DeadLetterNotOpen {\n        state\n      }\n    }\n  }\n"): typeof import('./graphql.js').SettleDeadLetterOutsideDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query AuditLog($first: Int, $after: String) {\n    auditLog(first: $first, after: $after) {\n      totalCount\n      pageInfo {\n        hasNextPage\n        hasPreviousPage\n        startCursor\n        endCursor\n      }\n      edges {\n        cursor\n        node {\n          id\n          occurredAt\n          actor\n          action\n          target\n          reason\n          detail\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.js').AuditLogDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SystemStatus {\n    systemStatus {\n      database\n      redis\n      paymentGateway\n      outbox {\n        pending\n        oldestPendingAgeSeconds\n      }\n      queue {\n        waiting\n        active\n        delayed\n        throttledSeconds\n      }\n      openDeadLetters\n      openPaymentDiscrepancies\n      missingOrders\n      notices\n    }\n  }\n"): typeof import('./graphql.js').SystemStatusDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation PayOrder($input: PayOrderInput!) {\n    payOrder(input: $input) {\n      __typename\n      ... on PayOrderSuccess {\n        replayed\n        order {\n          ...OrderParts\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n      ... on OrderNotPayable {\n        status\n      }\n    }\n  }\n"): typeof import('./graphql.js').PayOrderDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CompletePaymentAction($orderId: ID!) {\n    completePaymentAction(orderId: $orderId) {\n      __typename\n      ... on CompletePaymentActionSuccess {\n        order {\n          id\n          status\n        }\n      }\n      ... on OrderError {\n        code\n        message\n      }\n    }\n  }\n"): typeof import('./graphql.js').CompletePaymentActionDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query OrderProgress($id: ID!) {\n    order(id: $id) {\n      status\n      paymentAction {\n        clientSecret\n        expiresAt\n      }\n      delay {\n        since\n        nextAttemptAt\n        waitsForOperator\n      }\n      payable\n      cancellable\n    }\n  }\n"): typeof import('./graphql.js').OrderProgressDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
