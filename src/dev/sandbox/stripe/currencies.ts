import { invalid, refused } from './errors.js';

/** Stripe's maximum amount, in its own units: eight digits. */
const MAX_AMOUNT = 99_999_999;

/** The amount is in whole units. */
const ZERO_DECIMAL = words('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf');
/** No decimals any more, but the amount is still multiplied by 100. */
const WHOLE_HUNDREDS = words('isk ugx');
/** The amount is in thousandths, but card networks only take hundredths. */
const THREE_DECIMAL = words('bhd jod kwd omr tnd');
/** Includes HUF and TWD, which are zero-decimal for payouts only. */
const TWO_DECIMAL = words(
  'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny ' +
    'cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd ' +
    'kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok ' +
    'npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top ' +
    'try ttd twd tzs uah usd uyu uzs wst xcd xcg yer zar zmw',
);

/**
 * Stripe's minimum amounts, in its own units. In other currencies Stripe requires the equivalent of about 0.50 USD; the
 * sandbox has no exchange rates, and takes any amount above zero.
 */
const MIN_AMOUNTS: Readonly<Record<string, number>> = {
  ...{ aed: 200, aud: 50, bgn: 100, brl: 50, cad: 50, chf: 50, czk: 1_500, dkk: 250, eur: 50, gbp: 30 },
  ...{ hkd: 400, huf: 17_500, inr: 50, jpy: 50, mxn: 1_000, myr: 200, nok: 300, nzd: 50, pln: 200 },
  ...{ ron: 200, sek: 300, sgd: 50, thb: 1_000, usd: 50 },
};

/**
 * Checks an amount to charge against Stripe's limits.
 *
 * @param amount at least 1, in Stripe's own units
 * @see https://docs.stripe.com/currencies
 * @throws StripeProblem 400 for an unknown currency, or an amount out of bounds
 */
export function requireChargeable(amount: number, currency: string): void {
  if (amount > MAX_AMOUNT) {
    throw invalid(`The amount is above the maximum of ${MAX_AMOUNT}.`, {
      param: 'amount',
      code: 'amount_too_large',
    });
  }
  if (![ZERO_DECIMAL, WHOLE_HUNDREDS, THREE_DECIMAL, TWO_DECIMAL].some((known) => known.has(currency))) {
    throw invalid(`${currency} is not a supported currency.`, { param: 'currency' });
  }
  const minAmount = MIN_AMOUNTS[currency] ?? 1;
  if (amount < minAmount) {
    const message = `The amount is below the currency's minimum: ${minAmount} ${currency}.`;
    throw invalid(message, { code: 'amount_too_small' });
  }
  const problem = whyIndivisible(amount, currency);
  if (problem !== undefined) throw invalid(problem, { param: 'amount' });
}

/**
 * Checks an amount to be refunded, whose currency is known only once the charge was found.
 *
 * @throws StripeProblem 400 for one that the currency cannot express
 */
export function requireRefundable(amount: number, currency: string): void {
  const message = whyIndivisible(amount, currency);
  if (message !== undefined) throw refused(message, { param: 'amount' });
}

function whyIndivisible(amount: number, currency: string): string | undefined {
  const unit = WHOLE_HUNDREDS.has(currency) ? 100 : THREE_DECIMAL.has(currency) ? 10 : 1;
  return amount % unit === 0 ? undefined : `Amounts in ${currency} must be divisible by ${unit}.`;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/**
 * An amount as customers read it, such as `EUR 12.50`.
 *
 * @param amount in Stripe's own units
 */
export function readableAmount(amount: number, currency: string): string {
  const decimals = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  return format.format(amount / 10 ** decimals);
}
