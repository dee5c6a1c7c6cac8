import type { Books } from '../state/books.js';
import type { Outcome } from '../state/records.js';
import { createPaymentIntent } from './create-payment-intent.js';
import { listDisputes } from './disputes.js';
import type { FormRecord } from './form.js';
import {
  cancelPaymentIntent,
  confirmPaymentIntent,
  listPaymentIntents,
  retrievePaymentIntent,
} from './payment-intents.js';
import { createRefund, listRefunds, retrieveRefund } from './refunds.js';
import { searchPaymentIntents } from './search-payment-intents.js';
import { updatePaymentIntent } from './update-payment-intent.js';

interface EndpointDefinition {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /**
   * Checks the parameters.
   *
   * @param id from the path; empty where the path has none
   * @returns the execution
   * @throws StripeProblem for invalid parameters
   */
  readonly prepare: (books: Books, form: FormRecord, id: string) => () => Outcome;
}

const INTENTS = '/v1/payment_intents';
const REFUNDS = '/v1/refunds';
const ID = ':id(^\\w+$)';

/** The endpoints by their names in faults and counts. */
export const ENDPOINTS = {
  'payment_intents.create': { method: 'POST', path: INTENTS, prepare: createPaymentIntent },
  'payment_intents.confirm': {
    method: 'POST',
    path: `${INTENTS}/${ID}/confirm`,
    prepare: confirmPaymentIntent,
  },
  'payment_intents.retrieve': { method: 'GET', path: `${INTENTS}/${ID}`, prepare: retrievePaymentIntent },
  'payment_intents.update': { method: 'POST', path: `${INTENTS}/${ID}`, prepare: updatePaymentIntent },
  'payment_intents.cancel': { method: 'POST', path: `${INTENTS}/${ID}/cancel`, prepare: cancelPaymentIntent },
  'payment_intents.list': { method: 'GET', path: INTENTS, prepare: listPaymentIntents },
  'payment_intents.search': { method: 'GET', path: `${INTENTS}/search`, prepare: searchPaymentIntents },
  'refunds.create': { method: 'POST', path: REFUNDS, prepare: createRefund },
  'refunds.retrieve': { method: 'GET', path: `${REFUNDS}/${ID}`, prepare: retrieveRefund },
  'refunds.list': { method: 'GET', path: REFUNDS, prepare: listRefunds },
  'disputes.list': { method: 'GET', path: '/v1/disputes', prepare: listDisputes },
} as const satisfies Readonly<Record<string, EndpointDefinition>>;

export type Endpoint = keyof typeof ENDPOINTS;

export const ENDPOINT_NAMES = Object.keys(ENDPOINTS) as Endpoint[];

/** The id of the order that a request belongs to, if it can be found. */
export function orderOf(endpoint: Endpoint, books: Books, form: FormRecord, id: string): string | undefined {
  if (endpoint === 'payment_intents.create') {
    const { metadata } = form;
    const orderId = typeof metadata === 'object' ? metadata['order_id'] : undefined;
    return typeof orderId === 'string' ? orderId : undefined;
  }
  const named = form['payment_intent'];
  const intentId = typeof named === 'string' ? named : (books.refunds.get(id)?.paymentIntent ?? id);
  return books.intents.get(intentId)?.metadata['order_id'];
}
