import type { CallError, Evidence, HistoryEntry, Operation } from '../../drills/evidence.js';

export const ERROR: CallError = { code: 'NO_ANSWER', message: 'cut' };

export const creation = (key: string): Operation => ({
  name: 'createOrder',
  key,
  items: [],
  paymentMethod: 'pm_card_visa',
  intent: 'order',
});

/** A call and its completion `tookMs` later. */
export function call(
  at: number,
  number: number,
  operation: Operation,
  end: object,
  tookMs = 10,
): HistoryEntry[] {
  return [
    { type: 'invoke', at, call: number, customer: 'alice', operation },
    { at: at + tookMs, call: number, ...end } as HistoryEntry,
  ];
}

export const ok = (answer: unknown) => ({ type: 'ok', answer });
export const info = { type: 'info', error: ERROR };
export const created = (id: string, replayed = false) =>
  ok({ __typename: 'CreateOrderSuccess', replayed, order: { id } });

/** The evidence of a run of 90 s, with the given parts only. */
export function evidence(history: readonly HistoryEntry[], more: Partial<Evidence> = {}): Evidence {
  return {
    run: {
      seed: 42,
      startedAt: '2026-11-23T10:00:00.000Z',
      endedAt: '2026-11-23T10:01:30.000Z',
      prices: {},
      faults: ['kill-worker'],
      calm: [{ from: 0, until: 1_000 }],
      healedAt: 4_000,
    },
    history,
    frames: [],
    faults: [],
    samples: [],
    glimpses: [],
    exits: [],
    rest: { at: 6_500, busy: [] },
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
    ...more,
  };
}
