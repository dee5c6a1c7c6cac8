/** The ISO 4217 codes that this version of Node.js supports. */
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * Decimal places of the currencies that do not have two. From ISO 4217, because Intl's data follow common usage, such
 * as none for the Iraqi dinar.
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

/** Decimal places of a currency: 2 for EUR, 0 for JPY. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

function digits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]));
}
