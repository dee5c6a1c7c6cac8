/** The currencies that a price may have: the codes of ISO 4217 that this Node.js knows. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * Digits after the decimal point where ISO 4217 does not say two. Not taken from Intl, whose data follow what people
 * write (no cents for the Icelandic króna, but none for the Iraqi dinar either).
 * @see https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
const MINOR_DIGITS: Readonly<Record<string, number>> = {
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digits(4, 'CLF UYW'),
};

export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** How many digits the currency's minor unit stands for: 2 for EUR, 0 for JPY. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

function digits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]));
}
