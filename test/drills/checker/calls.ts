import type {
  CallError,
  CreateOrder,
  FrameEntry,
  FrameEnd,
  HistoryEntry,
  Operation,
  SeenEvent,
} from '../evidence.js';
import { type CreateOutcome, readCreate } from './answers.js';
import { meaningOf } from './meaning.js';

/** One request, from when it was sent to its end. */
export interface Call {
  readonly id: number;
  readonly customer: string;
  readonly operation: Operation;
  readonly from: number;
  /** Infinity if no end was recorded; its outcome is then unknown (info). */
  readonly until: number;
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly answer: unknown;
  readonly error: CallError | undefined;
}

export type CallTo<Name extends Operation['name']> = Call & {
  readonly operation: Extract<Operation, { readonly name: Name }>;
};

/** A createOrder call and its outcome. */
export interface Create {
  readonly call: Call;
  readonly input: CreateOrder;
  readonly meaning: string;
  readonly outcome: CreateOutcome;
}

export interface Subscription {
  readonly call: CallTo<'orderEvents'>;
  readonly frames: readonly { readonly at: number; readonly event: SeenEvent }[];
  readonly end: FrameEnd | undefined;
}

export function isCallTo<Name extends Operation['name']>(call: Call, name: Name): call is CallTo<Name> {
  return call.operation.name === name;
}

/** In the order in which they were sent. */
export function pairCalls(history: readonly HistoryEntry[]): Call[] {
  const ends = new Map(history.flatMap((entry) => (entry.type === 'invoke' ? [] : [[entry.call, entry]])));
  return history
    .flatMap((entry): Call[] => {
      if (entry.type !== 'invoke') return [];
      const { call: id, at: from, customer, operation } = entry;
      const end = ends.get(id);
      return [
        {
          id,
          customer,
          operation,
          from,
          until: end?.at ?? Infinity,
          outcome: end?.type ?? 'info',
          answer: end?.answer,
          error: end?.error,
        },
      ];
    })
    .sort((a, b) => a.from - b.from);
}

export function readCreates(calls: readonly Call[]): Create[] {
  return calls.flatMap((call) =>
    isCallTo(call, 'createOrder')
      ? [{ call, input: call.operation, meaning: meaningOf(call.operation), outcome: readCreate(call) }]
      : [],
  );
}

export function readSubscriptions(calls: readonly Call[], entries: readonly FrameEntry[]): Subscription[] {
  const byCall = grouped(entries, (entry) => entry.call);
  return calls.flatMap((call) => {
    if (!isCallTo(call, 'orderEvents')) return [];
    const own = byCall.get(call.id) ?? [];
    const frames = own.flatMap((entry) =>
      entry.type === 'frame' ? [{ at: entry.at, event: entry.event }] : [],
    );
    return [{ call, frames, end: own.find((entry) => entry.type === 'end') }];
  });
}

export function grouped<Key, Value>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
