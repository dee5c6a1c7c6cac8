import type { Random } from '../../support/random.js';

export const GOOD_CARD = 'pm_card_visa';
export const DECLINED_CARDS = ['pm_card_chargeDeclined', 'pm_card_chargeDeclinedInsufficientFunds'];
/** The bank asks the customer first (3-D Secure). */
export const AUTHENTICATED_CARD = 'pm_card_threeDSecure2Required';
const DECLINED_SHARE = 0.08;
const AUTHENTICATED_SHARE = 0.1;

export function drawPaymentMethod(random: Random): string {
  const kind = random.next();
  if (kind < DECLINED_SHARE) return random.pick(DECLINED_CARDS);
  return kind < DECLINED_SHARE + AUTHENTICATED_SHARE ? AUTHENTICATED_CARD : GOOD_CARD;
}
