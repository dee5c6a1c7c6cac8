/**
 * Who may read a field:
 * - caller: anyone with a valid token
 * - operator: operators only, wherever the field is selected
 * - owner: the order's customer, and operators
 * - part: anyone who may read the object that it belongs to
 */
export type AccessRule = 'caller' | 'operator' | 'owner' | 'part';
export type AccessRules = Readonly<Record<string, Readonly<Record<string, AccessRule>>>>;

/** One rule for each field. A process does not start where a field of the schema has none. */
export const ACCESS_RULES: AccessRules = {
  Query: {
    ...each('caller', 'order', 'orderByIdempotencyKey', 'orders', 'products'),
    ...each('operator', 'auditLog', 'deadLetters', 'paymentDiscrepancies', 'systemStatus'),
  },
  Mutation: {
    ...each('caller', 'createOrder', 'payOrder', 'completePaymentAction', 'cancelOrder'),
    ...each('operator', 'retryDeadLetter', 'retryAllDeadLetters', 'discardDeadLetter'),
    ...each('operator', 'settleDeadLetterOutside', 'resolvePaymentDiscrepancy', 'upsertProduct'),
  },
  Subscription: each('caller', 'orderEvents'),

  Order: {
    ...each('owner', 'id', 'status', 'version', 'idempotencyKey', 'items', 'total', 'failure', 'events'),
    ...each('owner', 'createdAt', 'updatedAt', 'paymentAction', 'delay', 'payable', 'cancellable'),
    ...each('operator', 'customerId', 'discrepancies'),
  },
  OrderItem: each('part', 'sku', 'name', 'quantity', 'unitPrice', 'lineTotal'),
  PaymentAction: each('part', 'clientSecret', 'expiresAt'),
  OrderDelay: each('part', 'since', 'nextAttemptAt', 'waitsForOperator'),
  OrderFailure: { ...each('part', 'code', 'message'), ...each('operator', 'gatewayCode') },
  OrderEvent: {
    ...each('owner', 'orderId', 'version', 'type', 'status', 'previousStatus', 'detail', 'occurredAt'),
    ...each('owner', 'order'),
    ...each('operator', 'note', 'actor'),
  },
  Money: each('part', 'amount', 'currency'),
  Product: each('part', 'sku', 'name', 'price', 'active'),

  CreateOrderSuccess: each('part', 'order', 'replayed'),
  IdempotencyKeyReused: each('part', 'code', 'message'),
  ProductUnavailable: each('part', 'code', 'message', 'skus'),
  PriceChanged: each('part', 'code', 'message', 'total'),
  PayOrderSuccess: each('part', 'order', 'replayed'),
  OrderNotPayable: each('part', 'code', 'message', 'status'),
  CompletePaymentActionSuccess: each('part', 'order'),
  CancelOrderSuccess: each('part', 'order'),
  OrderNotFound: each('part', 'code', 'message'),
  OrderNotCancellable: each('part', 'code', 'message', 'status'),

  DeadLetter: {
    ...each('operator', 'id', 'order', 'task', 'state', 'attempts', 'error', 'createdAt'),
    ...each('operator', 'resolvedAt', 'resolvedBy', 'reason'),
  },
  DeadLetterSuccess: each('operator', 'deadLetter'),
  DeadLetterNotFound: each('operator', 'code', 'message'),
  DeadLetterNotOpen: each('operator', 'code', 'message', 'state'),
  DeadLetterNotDiscardable: each('operator', 'code', 'message'),
  DeadLetterNotSettleable: each('operator', 'code', 'message'),
  PaymentDiscrepancy: {
    ...each('operator', 'id', 'kind', 'state', 'order', 'gatewayPaymentId', 'expected', 'found', 'detail'),
    ...each('operator', 'detectedAt', 'resolvedAt', 'resolvedBy', 'reason'),
  },
  PaymentDiscrepancySuccess: each('operator', 'discrepancy'),
  PaymentDiscrepancyNotFound: each('operator', 'code', 'message'),
  PaymentDiscrepancyNotOpen: each('operator', 'code', 'message'),
  PaymentDiscrepancyNotRefundable: each('operator', 'code', 'message'),
  AuditEntry: {
    ...each('operator', 'id', 'occurredAt', 'actor', 'action', 'target', 'reason', 'detail'),
  },
  SystemStatus: {
    ...each('operator', 'database', 'redis', 'paymentGateway', 'outbox', 'queue', 'openDeadLetters'),
    ...each('operator', 'openPaymentDiscrepancies', 'missingOrders', 'notices'),
  },
  OutboxStatus: each('operator', 'pending', 'oldestPendingAgeSeconds'),
  QueueStatus: each('operator', 'waiting', 'active', 'delayed', 'throttledSeconds'),

  PageInfo: each('part', 'hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'),
  OrderConnection: each('part', 'edges', 'pageInfo', 'totalCount'),
  OrderEdge: each('part', 'cursor', 'node'),
  ProductConnection: each('part', 'edges', 'pageInfo', 'totalCount'),
  ProductEdge: each('part', 'cursor', 'node'),
  DeadLetterConnection: each('operator', 'edges', 'pageInfo', 'totalCount'),
  DeadLetterEdge: each('operator', 'cursor', 'node'),
  PaymentDiscrepancyConnection: each('operator', 'edges', 'pageInfo', 'totalCount'),
  PaymentDiscrepancyEdge: each('operator', 'cursor', 'node'),
  AuditEntryConnection: each('operator', 'edges', 'pageInfo', 'totalCount'),
  AuditEntryEdge: each('operator', 'cursor', 'node'),
};

function each(rule: AccessRule, ...fields: readonly string[]): Readonly<Record<string, AccessRule>> {
  return Object.fromEntries(fields.map((field) => [field, rule]));
}
