import type { CreateOrder, RunFacts } from '../evidence.js';
import { isTooSmall, USED_UP_CARD } from '../checker/gateway-rules.js';
import type { Random } from '../../support/random.js';
import { DECLINED_CARDS, drawPaymentMethod, GOOD_CARD } from './cards.js';

const MAX_LINES = 4;
const MAX_QUANTITY = 3;
/** Orders that the gateway refuses for good, with any card. */
const REFUSED_SHARE = 0.05;
const EXPECTED_TOTAL_SHARE = 0.3;
/** The API accepts up to 255. */
const TOO_LONG_KEY_LENGTH = 300;

type Prices = RunFacts['prices'];

/** An order of one to four lines in one currency. */
export function drawOrder(random: Random, prices: Prices, key: string): CreateOrder {
  const refused = random.chance(REFUSED_SHARE);
  const offered = Object.entries(prices).filter(([, { active }]) => active);
  const samples = offered.filter(([, price]) => isTooSmall(price));
  if (refused && samples.length > 0 && random.chance(0.5)) {
    const [sku] = random.pick(samples);
    const items = [{ sku, quantity: random.integer(1, MAX_QUANTITY) }];
    return { name: 'createOrder', key, items, paymentMethod: GOOD_CARD, intent: 'order' };
  }
  const worthwhile = offered.filter(([, price]) => !isTooSmall(price));
  const { currency } = random.pick(worthwhile)[1];
  const affordable = worthwhile.filter(([, price]) => price.currency === currency).map(([sku]) => sku);
  const items = random
    .shuffle(affordable)
    .slice(0, random.integer(1, MAX_LINES))
    .map((sku) => ({ sku, quantity: random.integer(1, MAX_QUANTITY) }));
  const paymentMethod = refused ? USED_UP_CARD : drawPaymentMethod(random);
  const order: CreateOrder = { name: 'createOrder', key, items, paymentMethod, intent: 'order' };
  return random.chance(EXPECTED_TOTAL_SHARE) ? { ...order, expectedTotal: totalOf(order, prices) } : order;
}

/** The same meaning in other words: lines in another order, and the fields of each. */
export function reworded(random: Random, order: CreateOrder): CreateOrder {
  const items = random.shuffle(order.items).map(({ sku, quantity }) => ({ quantity, sku }));
  return { ...order, items };
}

/** Another input for the key, which is valid and makes an order if the key is still free. */
export function otherInput(random: Random, order: CreateOrder, prices: Prices): CreateOrder {
  if (random.chance(0.3)) {
    const paymentMethod = order.paymentMethod === GOOD_CARD ? random.pick(DECLINED_CARDS) : GOOD_CARD;
    return { ...order, paymentMethod, intent: 'other-input' };
  }
  const changed = random.integer(0, order.items.length - 1);
  const items = order.items.map((item, index) =>
    index === changed ? { ...item, quantity: item.quantity + 1 } : item,
  );
  const other: CreateOrder = { ...order, items, intent: 'other-input' };
  return order.expectedTotal === undefined ? other : { ...other, expectedTotal: totalOf(other, prices) };
}

/** The order with one mistake, for which it must be refused. */
export function spoiled(random: Random, order: CreateOrder, prices: Prices): CreateOrder {
  const [first] = order.items;
  if (first === undefined) throw new RangeError('an order has at least one line');
  const rest = order.items.slice(1);
  // Otherwise the total would be wrong as well, and either mistake could be reported.
  const { expectedTotal, ...plain } = order;
  switch (random.pick(['quantity', 'twice', 'key', 'unavailable', 'unavailable', 'price', 'price'])) {
    case 'quantity':
      return { ...plain, items: [{ ...first, quantity: 0 }, ...rest], intent: 'invalid' };
    case 'twice':
      return { ...plain, items: [...order.items, first], intent: 'invalid' };
    case 'key':
      return { ...plain, key: order.key.padEnd(TOO_LONG_KEY_LENGTH, 'k'), intent: 'invalid' };
    case 'unavailable':
      return {
        ...plain,
        items: [{ ...first, sku: unavailableSku(random, prices) }, ...rest],
        intent: 'unavailable',
      };
    default: {
      const { amount, currency } = expectedTotal ?? totalOf(order, prices);
      return { ...order, expectedTotal: { amount: amount + 1, currency }, intent: 'price-changed' };
    }
  }
}

function unavailableSku(random: Random, prices: Prices): string {
  const inactive = Object.keys(prices).filter((sku) => prices[sku]?.active === false);
  return random.pick(['sold-out-forever', ...inactive]);
}

function totalOf({ items }: CreateOrder, prices: Prices): { amount: number; currency: string } {
  let amount = 0;
  let currency = '';
  for (const { sku, quantity } of items) {
    const price = prices[sku];
    if (price === undefined) throw new RangeError(`no price for ${sku}`);
    amount += price.amount * quantity;
    ({ currency } = price);
  }
  return { amount, currency };
}

/** A UUID that is unique in the run, as customer and number are its last digits. */
export function drawKey(random: Random, customerNumber: number, orderNumber: number): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, '0');
  const words = [hex(random.integer(0, 0xffff_ffff), 8), hex(random.integer(0, 0xffff), 4)];
  const variant = random.pick(['8', '9', 'a', 'b']);
  const end = hex(customerNumber, 4) + hex(orderNumber, 8);
  return `${words.join('-')}-4${hex(random.integer(0, 0xfff), 3)}-${variant}${hex(random.integer(0, 0xfff), 3)}-${end}`;
}
