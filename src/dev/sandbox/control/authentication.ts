import type { Books } from '../state/books.js';
import type { Outcome } from '../state/records.js';
import { authenticate } from '../stripe/authentication.js';
import { invalid } from '../stripe/errors.js';
import { requireIntent } from '../stripe/payment-intents.js';
import { readBody, requireIntentId } from './body.js';

/** Presses one of the two buttons of the bank's page. @throws StripeProblem for an invalid body or payment */
export function answerBank(books: Books, body: unknown): Outcome {
  const { paymentIntent, outcome } = readBody(body, ['paymentIntent', 'outcome']);
  if (outcome !== 'succeeded' && outcome !== 'failed') {
    throw invalid('outcome must be succeeded or failed.', { param: 'outcome' });
  }
  return authenticate(books, requireIntent(books, requireIntentId(paymentIntent)), outcome);
}
