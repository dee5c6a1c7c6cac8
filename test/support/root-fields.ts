import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLField } from 'graphql';
import {
  CancelOrderDocument,
  CreateOrderDocument,
  OrderByIdempotencyKeyDocument,
  OrderDocument,
  OrderEventsDocument,
  orderInput,
  OrdersDocument,
  ProductsDocument,
  UpsertProductDocument,
} from './documents.js';
import { PaymentDiscrepanciesDocument, ResolvePaymentDiscrepancyDocument } from './discrepancy-documents.js';
import {
  AuditLogDocument,
  DeadLettersDocument,
  DiscardDeadLetterDocument,
  RetryAllDeadLettersDocument,
  RetryDeadLetterDocument,
  SettleDeadLetterOutsideDocument,
  SystemStatusDocument,
} from './operator-documents.js';
import { CompletePaymentActionDocument, PayOrderDocument } from './payment-documents.js';

/** What a call may name. */
export interface Things {
  readonly orderId: string;
  readonly idempotencyKey: string;
  /** The order's cursor in the list of orders. */
  readonly cursor: string;
  readonly deadLetterId: string;
  readonly discrepancyId: string;
}

export interface Call {
  readonly query: string;
  readonly variables: object;
}

const UPSERTED = { sku: 'tea', name: 'Tea', price: { amount: 1, currency: 'EUR' } };

/** A call of each field of Query, Mutation and Subscription that works for the owner or an operator. */
export const CALLS: Readonly<Record<string, (things: Things) => Call>> = {
  'Query.order': ({ orderId }) => call(OrderDocument, { id: orderId }),
  'Query.orderByIdempotencyKey': ({ idempotencyKey }) =>
    call(OrderByIdempotencyKeyDocument, { idempotencyKey }),
  'Query.orders': ({ cursor }) => call(OrdersDocument, { after: cursor }),
  'Query.products': () => call(ProductsDocument, {}),
  'Query.deadLetters': () => call(DeadLettersDocument, {}),
  'Query.paymentDiscrepancies': () => call(PaymentDiscrepanciesDocument, {}),
  'Query.auditLog': () => call(AuditLogDocument, {}),
  'Query.systemStatus': () => call(SystemStatusDocument, {}),
  'Mutation.createOrder': ({ idempotencyKey }) =>
    call(CreateOrderDocument, { input: orderInput({ idempotencyKey }) }),
  'Mutation.payOrder': ({ orderId, idempotencyKey }) =>
    call(PayOrderDocument, { input: { orderId, idempotencyKey, paymentMethod: 'pm_card_visa' } }),
  'Mutation.completePaymentAction': ({ orderId }) => call(CompletePaymentActionDocument, { orderId }),
  'Mutation.cancelOrder': ({ orderId }) => call(CancelOrderDocument, { input: { orderId, reason: 'mine' } }),
  'Mutation.upsertProduct': () => call(UpsertProductDocument, { input: UPSERTED }),
  'Mutation.discardDeadLetter': ({ deadLetterId }) =>
    call(DiscardDeadLetterDocument, { id: deadLetterId, reason: 'done' }),
  'Mutation.settleDeadLetterOutside': ({ deadLetterId }) =>
    call(SettleDeadLetterOutsideDocument, { id: deadLetterId, reason: 'done' }),
  'Mutation.resolvePaymentDiscrepancy': ({ discrepancyId }) =>
    call(ResolvePaymentDiscrepancyDocument, { id: discrepancyId, action: 'ACCEPT', reason: 'done' }),
  'Mutation.retryDeadLetter': ({ deadLetterId }) => call(RetryDeadLetterDocument, { id: deadLetterId }),
  'Mutation.retryAllDeadLetters': () => call(RetryAllDeadLettersDocument, {}),
  'Subscription.orderEvents': ({ orderId }) => call(OrderEventsDocument, { orderId, afterVersion: 0 }),
};

function call(document: { toString(): string }, variables: object): Call {
  return { query: document.toString(), variables };
}

/** The root fields of schema.graphql, by `Type.field`. */
export function rootFields(): Map<string, GraphQLField<unknown, unknown>> {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return new Map(
    roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {}).map((field): [string, GraphQLField<unknown, unknown>] => [
        `${root?.name ?? ''}.${field.name}`,
        field,
      ]),
    ),
  );
}

/** @throws if CALLS has none for the field */
export function callOf(field: string, things: Things): Call {
  const made = CALLS[field]?.(things);
  if (made === undefined) throw new Error(`${field} has no call in the table`);
  return made;
}
