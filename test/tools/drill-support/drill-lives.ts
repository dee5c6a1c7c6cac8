import type { CreateOrder, Evidence, FinalOrder } from '../../drills/evidence.js';

/** The same type, writable. */
export type Draft<T> = T extends object ? { -readonly [Field in keyof T]: Draft<T[Field]> } : T;

type Step = readonly [type: string, status: string];

const STARTED_AT = Date.parse('2030-01-01T00:00:00.000Z');
const CREATED: Step = ['ORDER_CREATED', 'PENDING'];
const STARTED: Step = ['PAYMENT_STARTED', 'PAYMENT_PROCESSING'];
/** The steps of an order, by its outcome. */
export const LIVES = {
  confirmed: [CREATED, STARTED, ['PAYMENT_SUCCEEDED', 'CONFIRMED']],
  declined: [CREATED, STARTED, ['PAYMENT_DECLINED', 'PAYMENT_FAILED']],
  authenticated: [
    CREATED,
    STARTED,
    ['PAYMENT_ACTION_REQUIRED', 'REQUIRES_ACTION'],
    ['PAYMENT_ATTEMPT_FAILED', 'REQUIRES_ACTION'],
    ['PAYMENT_SUCCEEDED', 'CONFIRMED'],
  ],
  paidAgain: [
    CREATED,
    STARTED,
    ['PAYMENT_ACTION_REQUIRED', 'REQUIRES_ACTION'],
    ['PAYMENT_DECLINED', 'PAYMENT_FAILED'],
    ['PAYMENT_REQUESTED', 'PENDING'],
    STARTED,
    ['PAYMENT_SUCCEEDED', 'CONFIRMED'],
  ],
  cancelled: [CREATED, ['ORDER_CANCELLED', 'CANCELLED']],
  returned: [
    CREATED,
    STARTED,
    ['PAYMENT_SUCCEEDED', 'CONFIRMED'],
    ['CANCELLATION_REQUESTED', 'CANCELLING'],
    ['REFUND_SUCCEEDED', 'CANCELLING'],
    ['ORDER_CANCELLED', 'CANCELLED'],
  ],
  waiting: [
    CREATED,
    STARTED,
    ['DEAD_LETTERED', 'PAYMENT_PROCESSING'],
    ['DEAD_LETTER_RETRIED', 'PAYMENT_PROCESSING'],
    ['PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING'],
    ['DEAD_LETTERED', 'PAYMENT_PROCESSING'],
  ],
  takenOver: [
    CREATED,
    STARTED,
    ['DEAD_LETTERED', 'PAYMENT_PROCESSING'],
    ['CANCELLATION_REQUESTED', 'CANCELLING'],
    ['ORDER_CANCELLED', 'CANCELLED'],
  ],
  wronglyCharged: [
    CREATED,
    STARTED,
    ['DEAD_LETTERED', 'PAYMENT_PROCESSING'],
    ['CANCELLATION_REQUESTED', 'CANCELLING'],
    ['REFUND_SUCCEEDED', 'CANCELLING'],
    ['ORDER_CANCELLED', 'CANCELLED'],
  ],
  givenUp: [
    CREATED,
    STARTED,
    ['DEAD_LETTERED', 'PAYMENT_PROCESSING'],
    ['DEAD_LETTER_DISCARDED', 'PAYMENT_FAILED'],
  ],
} as const satisfies Record<string, readonly Step[]>;

export type Life = keyof typeof LIVES;

/** The order as the API lists it at the end. */
export function finalOrder(
  id: string,
  { key, items, paymentMethod }: CreateOrder,
  steps: readonly Step[],
  at: number,
): Draft<FinalOrder> {
  const [, status = ''] = steps.at(-1) ?? [];
  const euro = (amount: number) => ({ amount, currency: 'EUR' });
  const lines = items.map(({ sku, quantity }) => {
    const amount = PRICES[sku]?.amount ?? 0;
    return { sku, quantity, unitPrice: euro(amount), lineTotal: euro(amount * quantity) };
  });
  const occurredAt = new Date(STARTED_AT + at).toISOString();
  return {
    id,
    status,
    version: steps.length,
    idempotencyKey: key,
    total: euro(lines.reduce((sum, { lineTotal }) => sum + lineTotal.amount, 0)),
    failure: status === 'PAYMENT_FAILED' ? failureOf(paymentMethod) : null,
    items: lines,
    events: steps.map(([type, after], index) => ({
      orderId: id,
      version: index + 1,
      type,
      status: after,
      previousStatus: steps[index - 1]?.[1] ?? null,
      detail: null,
      occurredAt,
    })),
    createdAt: occurredAt,
  };
}

function failureOf(paymentMethod: string) {
  return paymentMethod === 'pm_used_visa'
    ? { code: 'payment_refused', message: 'The payment method cannot be used again.' }
    : { code: 'card_declined', message: 'The card was declined.' };
}

const PRICES: Draft<Evidence['run']['prices']> = {
  beans: { amount: 1_250, currency: 'EUR', active: true },
  cup: { amount: 1_000, currency: 'EUR', active: true },
  retired: { amount: 500, currency: 'EUR', active: false },
};

/** A run without calls, in which a fault struck at 20 s. */
export function emptyEvidence(): Draft<Evidence> {
  return {
    run: {
      seed: 1,
      startedAt: new Date(STARTED_AT).toISOString(),
      endedAt: new Date(STARTED_AT + 200_000).toISOString(),
      prices: structuredClone(PRICES),
      faults: ['kill-worker'],
      calm: [{ from: 0, until: 8_000 }],
      healedAt: 100_000,
    },
    history: [],
    frames: [],
    faults: [
      {
        name: 'kill-worker',
        step: 0,
        target: 'worker-1',
        from: 20_000,
        until: 25_000,
        struck: 1,
        detail: 'It was killed.',
      },
    ],
    samples: [2_500, 3_000, 3_500].map((at) => ({
      at,
      outboxPending: 1,
      oldestPendingMs: 40,
      gapReason: null,
      queueDepth: 2,
      openDeadLetters: 0,
      lagMs: 5,
    })),
    glimpses: [],
    exits: [],
    rest: { at: 120_000, busy: [] },
    final: { orders: [], listed: {}, byKey: [], deadLetters: [], discrepancies: [] },
    ledger: [],
    wrongCharges: [],
    payments: [],
    outside: [],
    rewinds: [],
    dump: {
      orders: [],
      waitingMessages: [],
      deadLetters: [],
      payments: [],
      discrepancies: [],
      missingOrders: [],
    },
  };
}
