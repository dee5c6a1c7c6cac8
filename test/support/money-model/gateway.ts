import { MAX_INTENTS } from './bounds.js';
import { generationOf } from './key-slots.js';
import type { Gateway, Intent, OrderName, SavedAnswer } from './state.js';

/** error: saved under the key. reused: the key was used for another order. */
export interface Created {
  readonly kind: 'made' | 'error' | 'reused';
  readonly gateway: Gateway;
  readonly intent: number;
  readonly text: string;
}

/**
 * Creates a PaymentIntent under a key: each answer that the gateway may give.
 * @param mayFail whether the answer may be an error, before or after the work
 */
export function create(gateway: Gateway, order: OrderName, key: number, mayFail: boolean): Created[] {
  const saved = gateway.keys[key] ?? null;
  if (saved !== null) return [{ gateway, ...replay(order, saved) }];
  const intent = gateway.intents.length + 1;
  if (intent > MAX_INTENTS) throw new RangeError('the model needs more PaymentIntents');
  const intents: readonly Intent[] = [
    ...gateway.intents,
    { order, generation: generationOf(key), status: 'unconfirmed', returns: 0 },
  ];
  const save = (answered: number) => gateway.keys.with(key, { order, intent: answered });
  const made: Created = {
    kind: 'made',
    gateway: { ...gateway, intents, keys: save(intent) },
    intent,
    text: `PaymentIntent ${intent}`,
  };
  if (!mayFail) return [made];
  const error = { kind: 'error', intent: 0 } as const;
  return [
    made,
    { ...error, gateway: { ...gateway, keys: save(0) }, text: 'an error, which it saves' },
    {
      ...error,
      gateway: { ...gateway, intents, keys: save(0) },
      text: `an error, which it saves, although it has made PaymentIntent ${intent}`,
    },
  ];
}

function replay(order: OrderName, saved: SavedAnswer) {
  const { intent } = saved;
  if (saved.order !== order)
    return {
      kind: 'reused',
      intent: 0,
      text: 'idempotency_error, the key was used for another order',
    } as const;
  if (intent === 0) return { kind: 'error', intent, text: 'the saved error again' } as const;
  return { kind: 'made', intent, text: `PaymentIntent ${intent} again` } as const;
}

/** What happens to an open PaymentIntent. */
export function settle(gateway: Gateway, intent: number, status: Intent['status']): Gateway {
  return change(gateway, intent, (before) => ({ ...before, status }));
}

/** Afterwards the PaymentIntent can never succeed, unless it already has. */
export function cancel(gateway: Gateway, intent: number): Gateway {
  return change(gateway, intent, (before) =>
    before.status === 'succeeded' ? before : { ...before, status: 'cancelled' },
  );
}

/** Returns the money. Stripe refuses that a second time; the rules must not count on it. */
export function giveBack(gateway: Gateway, intent: number): Gateway {
  return change(gateway, intent, (before) => ({ ...before, returns: before.returns + 1 }));
}

/** The bank sends the money of a refund back. */
export function bounce(gateway: Gateway, intent: number): Gateway {
  return change(gateway, intent, (before) => ({ ...before, returns: before.returns - 1 }));
}

function change(gateway: Gateway, intent: number, to: (before: Intent) => Intent): Gateway {
  const before = gateway.intents[intent - 1];
  if (before === undefined) throw new RangeError(`there is no PaymentIntent ${intent}`);
  return { ...gateway, intents: gateway.intents.with(intent - 1, to(before)) };
}
