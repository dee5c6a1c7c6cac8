import type { Books } from './books.js';
import { createPaymentIntent } from './create-payment-intent.js';
import type { FormRecord } from './form-body.js';
import {
  cancelPaymentIntent,
  confirmPaymentIntent,
  listPaymentIntents,
  retrievePaymentIntent,
} from './payment-intents.js';
import type { Outcome } from './records.js';
import { createRefund, listRefunds, retrieveRefund } from './refunds.js';

/** The endpoints by the names that faults and counts use. */
export const ENDPOINTS = [
  'payment_intents.create',
  'payment_intents.confirm',
  'payment_intents.retrieve',
  'payment_intents.cancel',
  'payment_intents.list',
  'refunds.create',
  'refunds.retrieve',
  'refunds.list',
] as const;

export type Endpoint = (typeof ENDPOINTS)[number];

/** An endpoint, and the id in the path (empty where there is none). */
export interface Route {
  readonly endpoint: Endpoint;
  readonly id: string;
}

const PATH = /^\/v1\/(payment_intents|refunds)(?:\/([A-Za-z0-9_]{1,255})(?:\/(confirm|cancel))?)?$/;

/** Finds the endpoint that answers, or undefined. */
export function findRoute(method: string, path: string): Route | undefined {
  const match = PATH.exec(path);
  if (match === null) return undefined;
  const collection = match[1] === 'refunds' ? 'refunds' : 'payment_intents';
  const id = match[2] ?? '';
  const action = match[3];
  if (action !== undefined) {
    if (method !== 'POST' || collection === 'refunds') return undefined;
    return { endpoint: action === 'confirm' ? 'payment_intents.confirm' : 'payment_intents.cancel', id };
  }
  if (method === 'GET') return { endpoint: `${collection}.${id === '' ? 'list' : 'retrieve'}`, id };
  return method === 'POST' && id === '' ? { endpoint: `${collection}.create`, id } : undefined;
}

/**
 * Checks the parameters, and returns the work still to be done.
 *
 * @throws StripeProblem for parameters that fail validation
 */
export function prepare(route: Route, books: Books, form: FormRecord): () => Outcome {
  switch (route.endpoint) {
    case 'payment_intents.create':
      return createPaymentIntent(books, form);
    case 'payment_intents.confirm':
      return confirmPaymentIntent(books, form, route.id);
    case 'payment_intents.retrieve':
      return retrievePaymentIntent(books, form, route.id);
    case 'payment_intents.cancel':
      return cancelPaymentIntent(books, form, route.id);
    case 'payment_intents.list':
      return listPaymentIntents(books, form);
    case 'refunds.create':
      return createRefund(books, form);
    case 'refunds.retrieve':
      return retrieveRefund(books, form, route.id);
    case 'refunds.list':
      return listRefunds(books, form);
  }
}

/** The order a request belongs to, as far as the request or the books tell. */
export function orderOf(route: Route, books: Books, form: FormRecord): string | undefined {
  if (route.endpoint === 'payment_intents.create') {
    const metadata = form['metadata'];
    const orderId = typeof metadata === 'object' ? metadata['order_id'] : undefined;
    return typeof orderId === 'string' ? orderId : undefined;
  }
  const named = form['payment_intent'];
  const intentId = typeof named === 'string' ? named : (books.refund(route.id)?.paymentIntent ?? route.id);
  return books.intent(intentId)?.metadata['order_id'];
}
