import type { Sandbox } from '../sandbox.js';
import type { Books } from '../state/books.js';
import type { Asked, Intent } from '../state/records.js';

/** An order that was charged another amount or currency than requested. */
export interface WrongCharge {
  readonly orderId: string;
  readonly asked: Asked;
  readonly charged: Asked;
}

/**
 * Applies the faults `wrong_amount` and `wrong_mode` to an intent before it is confirmed: another amount or currency is
 * charged, or the payment is in live mode.
 */
export function misreport({ store, faults }: Sandbox, intentId: string): void {
  const intent = store.books.intents.get(intentId);
  if (intent === undefined || intent.status === 'succeeded' || intent.status === 'canceled') return;
  const wrongAmount = faults.strike('wrong_amount', 'payment_intents.confirm');
  const wrongMode = faults.strike('wrong_mode', 'payment_intents.confirm');
  if (wrongAmount === undefined && wrongMode === undefined) return;
  const changed: Intent = {
    ...intent,
    ...(wrongAmount === undefined ? {} : withAmount(intent, wrongAmount)),
    ...(wrongMode === undefined ? {} : { livemode: true }),
  };
  store.record({ intent: changed });
}

function withAmount(
  { amount, currency, asked }: Intent,
  instead: Partial<Asked>,
): Pick<Intent, 'amount' | 'currency' | 'asked'> {
  return {
    amount: instead.amount ?? amount,
    currency: instead.currency ?? currency,
    asked: asked ?? { amount, currency },
  };
}

/** All wrong charges, oldest first. Intents without an order id are skipped. */
export function listWrongCharges(books: Books): WrongCharge[] {
  return books.intents.all.flatMap(({ asked, amount, currency, amountReceived, metadata }) => {
    const orderId = metadata['order_id'];
    if (asked === undefined || orderId === undefined || amountReceived === 0) return [];
    if (asked.amount === amount && asked.currency === currency) return [];
    return [{ orderId, asked, charged: { amount, currency } }];
  });
}
