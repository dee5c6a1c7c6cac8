/**
 * The answers that the API's documentation allows for a createOrder input, without any code of src/. Where the
 * documentation leaves it open, several answers are allowed.
 */
export interface Prices {
  readonly [sku: string]: { readonly amount: number; readonly currency: string } | undefined;
}

/** 'refused': an error, and nothing is written. The others are the result union's types. */
export type Answer = 'refused' | 'CreateOrderSuccess' | 'ProductUnavailable' | 'PriceChanged';

type Fields = Readonly<Record<string, unknown>>;

const MAX_INT = 2 ** 31 - 1;
/** The gateway's maximum for one payment, in the currencies of the tests' products. */
const MAX_TOTAL = 99_999_999;

export function allowedAnswers(input: unknown, prices: Prices): ReadonlySet<Answer> {
  if (!isFields(input) || !hasOnly(input, ['idempotencyKey', 'items', 'paymentMethod', 'expectedTotal'])) {
    return new Set(['refused']);
  }
  const lines = linesOf(input['items']);
  const total = totalOf(input['expectedTotal']);
  const method = methodVerdict(input['paymentMethod']);
  if (!isKey(input['idempotencyKey']) || lines === undefined || total === 'wrong' || method === 'wrong') {
    return new Set(['refused']);
  }
  const answers = new Set(answersTo(lines, total, prices));
  return method === 'unclear' ? answers.add('refused') : answers;
}

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** All of the documented answers that apply. */
function answersTo(lines: readonly Line[], expected: Fields | 'none', prices: Prices): Answer[] {
  const found = lines.map(({ sku }) => (Object.hasOwn(prices, sku) ? prices[sku] : undefined));
  const currencies = new Set(found.map((price) => price?.currency));
  const amount = lines.reduce((sum, { quantity }, index) => sum + quantity * (found[index]?.amount ?? 0), 0);
  const faults: Answer[] = [];
  if (found.includes(undefined)) faults.push('ProductUnavailable');
  currencies.delete(undefined);
  if (currencies.size > 1 || amount > MAX_TOTAL) faults.push('refused');
  if (
    expected !== 'none' &&
    (expected['amount'] !== amount || !currencies.has(String(expected['currency'])))
  ) {
    faults.push('PriceChanged');
  }
  return faults.length === 0 ? ['CreateOrderSuccess'] : faults;
}

/** "1 to 255 printable ASCII characters." */
function isKey(value: unknown): boolean {
  return typeof value === 'string' && isText(value, 255, ' ');
}

function isText(value: string, maxLength: number, least: string): boolean {
  if (value.length < 1 || value.length > maxLength) return false;
  for (const character of value) if (character < least || character > '~') return false;
  return true;
}

/** "1 to 100 lines, no SKU twice." GraphQL accepts a single line as a list of one. */
function linesOf(value: unknown): readonly Line[] | undefined {
  const lines = (Array.isArray(value) ? value : [value]).map(lineOf);
  const good = lines.filter((line) => line !== undefined);
  const skus = new Set(good.map(({ sku }) => sku));
  return good.length === lines.length && skus.size === good.length && good.length >= 1 && good.length <= 100
    ? good
    : undefined;
}

/** "1 to 1000." A SKU is a GraphQL ID, which can be a whole number. */
function lineOf(value: unknown): Line | undefined {
  if (!isFields(value) || !hasOnly(value, ['sku', 'quantity'])) return undefined;
  const { sku, quantity } = value;
  const text = Number.isInteger(sku) ? String(sku) : sku;
  if (typeof text !== 'string' || !isText(text, 64, '!')) return undefined;
  return isInt(quantity) && quantity >= 1 && quantity <= 1_000 ? { sku: text, quantity } : undefined;
}

/** "Whole minor units, at least 1. ISO 4217 code, upper case." */
function totalOf(value: unknown): Fields | 'none' | 'wrong' {
  if (value === undefined || value === null) return 'none';
  if (!isFields(value) || !hasOnly(value, ['amount', 'currency'])) return 'wrong';
  const { amount, currency } = value;
  const goodCurrency = typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) && currency.length === 3;
  return isInt(amount) && amount >= 1 && goodCurrency ? value : 'wrong';
}

/**
 * "A token of the payment gateway. Never a card number." Fewer than 12 digits are no card number. Of the others, only
 * a known number is certainly one: what else "looks like one" is up to the product.
 */
function methodVerdict(value: unknown): 'good' | 'wrong' | 'unclear' {
  if (typeof value !== 'string' || value.length < 1 || value.length > 255) return 'wrong';
  let digits = 0;
  for (const character of value) {
    if (!/^[A-Za-z0-9_-]$/.test(character)) return 'wrong';
    if (character >= '0' && character <= '9') digits += 1;
  }
  if (digits < 12) return 'good';
  return value.replace(/[-_]/g, '') === '4242424242424242' ? 'wrong' : 'unclear';
}

function isInt(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(Number(value)) <= MAX_INT;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: Fields, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}
