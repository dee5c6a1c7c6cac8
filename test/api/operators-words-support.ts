import type { OperatorOrderQuery } from '../generated/graphql.js';
import type { ApiClient, GraphQLAnswer } from '../support/api-client.js';
import { OperatorOrderDocument } from '../support/operator-documents.js';
import type { Desk } from './desk.js';

/** A reason that an operator gives, about the customer. */
export const NOTE = 'Caught this customer lying before.';
/** What only operators may read: notes, technical errors, actors. */
export const INTERNAL = /lying|Attempt \d|answered|HTTP|\b500\b|worker|operator:|olga|lost_card/;
/** All fields of an order that a customer may read. */
export const WHOLE_ORDER = `
  id status version idempotencyKey createdAt updatedAt total { amount currency } failure { code message }
  paymentAction { clientSecret expiresAt } delay { since nextAttemptAt waitsForOperator } payable cancellable
  items { sku name quantity unitPrice { amount } lineTotal { amount } }
  events { orderId version type status previousStatus detail occurredAt order { status failure { code message } } }`;

export async function readOrder(
  client: ApiClient,
  id: string,
  fields: string,
): Promise<GraphQLAnswer<{ order: unknown }>> {
  return client.send({
    query: `query ($id: ID!) { order(id: $id) { ${fields} } }`,
    variables: { id },
  });
}

export async function operatorsView(desk: Desk, id: string): Promise<OperatorOrderQuery['order']> {
  return (await desk.olga.data(OperatorOrderDocument, { id })).order;
}

/** A payment declined with a code that would help a card thief. */
export async function declined(desk: Desk): Promise<string> {
  const id = await desk.pending();
  const { transitions } = desk.steps;
  const order = { orderId: id, actor: 'worker' } as const;
  await transitions.apply({ ...order, type: 'PAYMENT_STARTED', from: { status: 'PENDING', version: 1 } });
  const failure = { code: 'card_declined', message: 'Your card was declined.', gatewayCode: 'lost_card' };
  await transitions.apply({
    ...order,
    type: 'PAYMENT_DECLINED',
    from: { status: 'PAYMENT_PROCESSING', version: 2 },
    failure,
    detail: failure.message,
  });
  return id;
}

export async function discarded(desk: Desk): Promise<string> {
  const id = await desk.deadCharge();
  await desk.discard((await desk.deadLetterOf(id)).id, NOTE);
  return id;
}

export async function retried(desk: Desk): Promise<string> {
  const id = await desk.deadCharge();
  await desk.retry((await desk.deadLetterOf(id)).id);
  return id;
}

export async function cancelledByOperator(desk: Desk): Promise<string> {
  const id = await desk.confirmed();
  await desk.cancel(desk.olga, id, NOTE);
  await desk.during({ kind: 'http_500', endpoint: 'refunds.create' }, () => desk.steps.refundToEnd(id));
  return id;
}
