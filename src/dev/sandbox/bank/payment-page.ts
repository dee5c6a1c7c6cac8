import type { Intent } from '../state/records.js';
import { readableAmount } from '../stripe/currencies.js';
import { findTestCard } from '../stripe/test-cards.js';
import { escapeHtml, renderDocument } from './document.js';

interface State {
  readonly title: string;
  readonly text: string;
}

/**
 * The page of a payment: the question to its customer, or what became of it.
 *
 * @param notice why an answer of the customer changed nothing
 */
export function paymentPage(intent: Intent, notice?: string): string {
  const { title, text } = stateOf(intent);
  const parts = [
    notice === undefined ? '' : `<p class="notice" role="alert">${escapeHtml(notice)}</p>`,
    `<p>${escapeHtml(text)}</p>`,
    detailsOf(intent),
    intent.status === 'requires_action' ? form(intent) : linkBack(intent),
  ];
  return renderDocument(title, parts.filter((part) => part !== '').join('\n      '));
}

/** A page with nothing but a message. */
export function messagePage(title: string, text: string): string {
  return renderDocument(title, `<p>${escapeHtml(text)}</p>`);
}

/**
 * Where the customer goes after the answer, with Stripe's parameters. null where the shop named no address.
 *
 * @see https://docs.stripe.com/payments/payment-intents/verifying-status
 */
export function returnAddress({ id, clientSecret, status, authentication }: Intent): string | null {
  if (authentication === undefined || authentication.returnUrl === null) return null;
  const url = new URL(authentication.returnUrl);
  const hasSucceeded = status === 'succeeded' || status === 'requires_confirmation';
  url.searchParams.set('payment_intent', id);
  url.searchParams.set('payment_intent_client_secret', clientSecret);
  url.searchParams.set('redirect_status', hasSucceeded ? 'succeeded' : 'failed');
  return url.href;
}

function stateOf({ status, authentication, lastFailure }: Intent): State {
  if (status === 'requires_action') {
    return {
      title: 'Is this payment yours?',
      text: 'The shop asks your bank to authenticate you before the payment is made.',
    };
  }
  const outcome = authentication?.outcome;
  if (outcome === 'succeeded' && status === 'succeeded') {
    return { title: 'Authenticated', text: 'You are authenticated, and the payment was made.' };
  }
  if (outcome === 'succeeded' && status === 'requires_confirmation') {
    return { title: 'Authenticated', text: 'You are authenticated. The shop completes the payment.' };
  }
  if (outcome === 'succeeded' && status === 'requires_payment_method') {
    const reason = lastFailure?.message ?? '';
    return { title: 'Payment declined', text: `You are authenticated, but nothing was paid. ${reason}` };
  }
  if (outcome === 'failed' && status === 'requires_payment_method') {
    return { title: 'Not authenticated', text: 'The authentication failed, and nothing was paid.' };
  }
  return {
    title: 'Not open any more',
    text: 'This payment is not open any more, and does not wait for you.',
  };
}

function detailsOf({ amount, currency, metadata, paymentMethod, lastFailure }: Intent): string {
  const card = findTestCard(paymentMethod ?? lastFailure?.paymentMethod ?? '');
  const rows = [
    ['Amount', readableAmount(amount, currency)],
    ['Order', metadata['order_id']],
    ['Card', card === undefined ? undefined : `${card.brand} •••• ${card.last4}`],
  ];
  const shown = rows.flatMap(([name = '', value]) =>
    value === undefined ? [] : [`<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`],
  );
  return `<dl>${shown.join('')}</dl>`;
}

/** Sent to the page's own address. It names the authentication, since the shop may start a new one meanwhile. */
function form({ authentication }: Intent): string {
  return `<form method="post">
        <input type="hidden" name="authentication" value="${escapeHtml(authentication?.id ?? '')}">
        <button name="outcome" value="succeeded">Authenticate</button>
        <button class="second" name="outcome" value="failed">Fail</button>
      </form>`;
}

function linkBack(intent: Intent): string {
  const address = returnAddress(intent);
  return address === null ? '' : `<a class="button" href="${escapeHtml(address)}">Back to the shop</a>`;
}
