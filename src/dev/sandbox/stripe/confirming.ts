import type { Books } from '../state/books.js';
import type { Intent, Outcome } from '../state/records.js';
import { isAuthenticated, requireAuthentication } from './authentication.js';
import { chargeCard, requireCard } from './charging.js';
import { invalid } from './errors.js';
import type { FormRecord } from './form.js';
import { flag, text } from './parameters.js';
import { AUTHENTICATION_REQUIRED, needsAuthentication } from './test-cards.js';

/** The parameters of a confirm request. */
export const CONFIRM_PARAMETERS = {
  payment_method: text,
  return_url: webUrl,
  off_session: flag,
  error_on_requires_action: flag,
  // Without effect: see nextAction() in objects.ts.
  use_stripe_sdk: flag,
  receipt_email: text,
};

/** Where and whether the customer can be asked. */
interface Confirmation {
  readonly return_url: string | null;
  readonly off_session: boolean;
  readonly error_on_requires_action: boolean;
}

/** Stripe's message for a confirm request without a payment method. */
export const MISSING_PAYMENT_METHOD =
  "You cannot confirm this PaymentIntent because it's missing a payment method. Confirm it again with a " +
  'payment method.';

/**
 * Confirms an intent: its card is charged, or its customer has to be authenticated before.
 *
 * @throws StripeProblem 400
 */
export function confirmWith(
  books: Books,
  intent: Intent,
  paymentMethod: string,
  { return_url: returnUrl, off_session: offSession, error_on_requires_action: failsInstead }: Confirmation,
): Outcome {
  const card = requireCard(paymentMethod);
  if (intent.automaticPaymentMethods?.allowRedirects === 'always' && returnUrl === null) {
    throw invalid(
      'This PaymentIntent is configured to accept payment methods that may redirect. Provide a `return_url`, ' +
        'or create it with `automatic_payment_methods[allow_redirects]` set to `never`.',
      { param: 'return_url' },
    );
  }
  if (isAuthenticated(intent, paymentMethod)) return chargeCard(books, intent, paymentMethod, card.decline);
  const anew: Intent = { ...intent, authentication: undefined };
  if (!needsAuthentication(card, offSession)) return chargeCard(books, anew, paymentMethod, card.decline);
  if (offSession || failsInstead) return chargeCard(books, anew, paymentMethod, AUTHENTICATION_REQUIRED);
  return requireAuthentication(books, anew, paymentMethod, returnUrl);
}

/** Stripe also takes URLs of mobile apps. The bank's page links to it, so that it must not be a script. */
function webUrl(form: FormRecord, name: string): string | null {
  const url = text(form, name);
  if (url === null || (/^https?:/i.test(url) && URL.canParse(url))) return url;
  throw invalid('Not a valid URL', { param: name, code: 'url_invalid' });
}
