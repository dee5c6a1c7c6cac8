import type { Operation } from '../evidence.js';

/** An operation with one request and one answer. */
export type Call = Exclude<Operation, { readonly name: 'orderEvents' }>;

interface GraphQLRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const SEEN_ORDER = 'id status version idempotencyKey total { amount currency }';
const REFUSAL = '... on OrderError { code message }';
const DEAD_LETTER = `id task state reason order { ${SEEN_ORDER} }`;
const DISCREPANCY = 'id kind state gatewayPaymentId';
const DECISION = `__typename ... on DeadLetterSuccess { deadLetter { ${DEAD_LETTER} } } ${REFUSAL}`;
/** How many dead letters or discrepancies an operator lists at a time. */
const SHOWN = 50;

const QUERIES: Readonly<Record<Call['name'], string>> = {
  createOrder: `mutation ($input: CreateOrderInput!) { createOrder(input: $input) {
    __typename ... on CreateOrderSuccess { replayed order { ${SEEN_ORDER} } } ${REFUSAL} } }`,
  cancelOrder: `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) {
    __typename ... on CancelOrderSuccess { order { ${SEEN_ORDER} } } ${REFUSAL}
    ... on OrderNotCancellable { status } } }`,
  payOrder: `mutation ($input: PayOrderInput!) { payOrder(input: $input) {
    __typename ... on PayOrderSuccess { replayed order { ${SEEN_ORDER} } } ${REFUSAL}
    ... on OrderNotPayable { status } } }`,
  completePaymentAction: `mutation ($id: ID!) { completePaymentAction(orderId: $id) {
    __typename ... on CompletePaymentActionSuccess { order { ${SEEN_ORDER} } } ${REFUSAL} } }`,
  order: `query ($id: ID!) { order(id: $id) { ${SEEN_ORDER} paymentAction { clientSecret } } }`,
  orderByIdempotencyKey: `query ($key: String!) {
    orderByIdempotencyKey(idempotencyKey: $key) { ${SEEN_ORDER} } }`,
  deadLetters: `query { deadLetters(first: ${SHOWN}, state: OPEN) {
    edges { node { ${DEAD_LETTER} } } } }`,
  retryDeadLetter: `mutation ($id: ID!) { retryDeadLetter(id: $id) { ${DECISION} } }`,
  retryAllDeadLetters: 'mutation { retryAllDeadLetters }',
  discardDeadLetter: `mutation ($id: ID!, $reason: String!) {
    discardDeadLetter(id: $id, reason: $reason) { ${DECISION} } }`,
  paymentDiscrepancies: `query { paymentDiscrepancies(first: ${SHOWN}, state: OPEN) {
    edges { node { ${DISCREPANCY} } } } }`,
  resolvePaymentDiscrepancy: `mutation ($id: ID!, $action: DiscrepancyAction!, $reason: String!) {
    resolvePaymentDiscrepancy(id: $id, action: $action, reason: $reason) {
      __typename ... on PaymentDiscrepancySuccess { discrepancy { ${DISCREPANCY} } } ${REFUSAL} } }`,
};

export const ORDER_EVENTS = `subscription ($orderId: ID!, $afterVersion: Int) {
  orderEvents(orderId: $orderId, afterVersion: $afterVersion) {
    orderId version type status previousStatus detail occurredAt } }`;

export function requestOf(call: Call): GraphQLRequest {
  return { query: QUERIES[call.name], variables: variablesOf(call) };
}

function variablesOf(call: Call): GraphQLRequest['variables'] {
  switch (call.name) {
    case 'createOrder': {
      const { key, items, paymentMethod, expectedTotal } = call;
      const total = expectedTotal === undefined ? {} : { expectedTotal };
      return { input: { idempotencyKey: key, items, paymentMethod, ...total } };
    }
    case 'payOrder': {
      const { orderId, key, paymentMethod } = call;
      return { input: { orderId, idempotencyKey: key, paymentMethod } };
    }
    case 'completePaymentAction':
      return { id: call.orderId };
    case 'cancelOrder':
      return { input: { orderId: call.orderId, reason: 'changed my mind' } };
    case 'order':
    case 'retryDeadLetter':
      return { id: call.id };
    case 'orderByIdempotencyKey':
      return { key: call.key };
    case 'discardDeadLetter':
      return { id: call.id, reason: 'discarded in a fault drill' };
    case 'resolvePaymentDiscrepancy':
      return { id: call.id, action: call.action, reason: 'decided in a fault drill' };
    case 'deadLetters':
    case 'retryAllDeadLetters':
    case 'paymentDiscrepancies':
      return {};
  }
}
