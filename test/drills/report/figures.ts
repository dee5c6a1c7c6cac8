import type {
  CancelOrderAnswer,
  Completion,
  CreateOrderAnswer,
  Evidence,
  HistoryEntry,
  Invocation,
  SeenOrder,
} from '../evidence.js';

/** What happened in a run, in numbers. */
export interface Figures {
  readonly durationMs: number;
  /** Orders that were acknowledged. */
  readonly orders: number;
  readonly customers: number;
  /** Requests sent, subscriptions not counted. */
  readonly calls: number;
  /** Creations and cancellations that were repeated after a failure or an unknown outcome. */
  readonly retries: number;
  /** Creations that were answered with an order that existed already. */
  readonly replays: number;
  /** Creations and cancellations whose outcome was unknown at first. */
  readonly doubts: number;
  /** Those of them that a later call settled. */
  readonly doubtsSettled: number;
  /** Orders whose cancellation was acknowledged. */
  readonly cancels: number;
  readonly subscriptions: number;
  /** Subscriptions that resumed after the last version seen. */
  readonly resumes: number;
  readonly frames: number;
  /** Orders whose payment failed. */
  readonly declined: number;
  readonly captures: number;
  readonly refunds: number;
  readonly deadLetters: number;
  readonly faults: number;
  readonly faultKinds: number;
  /** From the end of the last fault until everything was at rest; null if it never was. */
  readonly restMs: number | null;
  /** Latencies of createOrder as their customers measured them; null if there are none. */
  readonly medianMs: number | null;
  readonly slowestPercentMs: number | null;
  /** The largest event loop delay of the drill's own process. */
  readonly ownLagMs: number;
}

export interface CreateAnswer {
  readonly at: number;
  readonly latencyMs: number;
  readonly orderId: string;
  readonly replayed: boolean;
}

export function computeFigures(evidence: Evidence): Figures {
  const { run, history, frames, faults, final, ledger, samples } = evidence;
  const answers = createAnswers(history);
  const latencies = answers.map(({ latencyMs }) => latencyMs);
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
  return {
    durationMs: Date.parse(run.endedAt) - Date.parse(run.startedAt),
    orders: acknowledged(history).size,
    replays: answers.filter(({ replayed }) => replayed).length,
    ...countCalls(history),
    frames: frames.filter(({ type }) => type === 'frame').length,
    declined: final.orders.filter(({ status }) => status === 'PAYMENT_FAILED').length,
    captures: sum(ledger.map(({ captures }) => captures)),
    refunds: sum(ledger.map(({ refunds }) => refunds)),
    deadLetters: final.deadLetters.length,
    faults: faults.length,
    faultKinds: new Set(faults.map(({ name }) => name)).size,
    restMs: evidence.rest.at === null ? null : Math.max(0, evidence.rest.at - run.healedAt),
    medianMs: percentile(latencies, 50),
    slowestPercentMs: percentile(latencies, 99),
    ownLagMs: samples.reduce((most, { lagMs }) => Math.max(most, lagMs), 0),
  };
}

/** The smallest value that at least `percent` of the values don't exceed; null if there are none. */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? null;
}

/** Every answer that named an order, in order of time. */
export function createAnswers(history: readonly HistoryEntry[]): CreateAnswer[] {
  return pairs(history).flatMap(({ invocation, completion }) => {
    if (invocation.operation.name !== 'createOrder' || completion.type !== 'ok') return [];
    const { order, replayed = false } = (completion.answer ?? {}) as Partial<CreateOrderAnswer>;
    if (order === undefined) return [];
    const { at } = completion;
    return [{ at, latencyMs: at - invocation.at, orderId: order.id, replayed }];
  });
}

/** Ids of the orders that were acknowledged by createOrder or by a lookup of the key. */
function acknowledged(history: readonly HistoryEntry[]): Set<string> {
  const found = pairs(history).flatMap(({ invocation, completion: { type, answer } }) => {
    if (invocation.operation.name !== 'orderByIdempotencyKey' || type !== 'ok' || answer === null) return [];
    return [(answer as SeenOrder).id];
  });
  return new Set([...createAnswers(history).map(({ orderId }) => orderId), ...found]);
}

interface Call {
  readonly invocation: Invocation;
  readonly completion: Completion;
}

function pairs(history: readonly HistoryEntry[]): Call[] {
  const open = new Map<number, Invocation>();
  const calls: Call[] = [];
  for (const entry of history) {
    if (entry.type === 'invoke') {
      open.set(entry.call, entry);
      continue;
    }
    const invocation = open.get(entry.call);
    if (invocation !== undefined) calls.push({ invocation, completion: entry });
  }
  return calls;
}

type Counts = Pick<
  Figures,
  'customers' | 'calls' | 'retries' | 'doubts' | 'doubtsSettled' | 'cancels' | 'subscriptions' | 'resumes'
>;

function countCalls(history: readonly HistoryEntry[]): Counts {
  const invocations = history.filter((entry) => entry.type === 'invoke');
  const watching = invocations.flatMap(({ operation }) =>
    operation.name === 'orderEvents' ? [operation] : [],
  );
  const calls = pairs(history);
  const cancelled = calls.flatMap(({ invocation, completion }) => {
    if (invocation.operation.name !== 'cancelOrder' || completion.type !== 'ok') return [];
    const { __typename: type } = (completion.answer ?? {}) as Partial<CancelOrderAnswer>;
    return type === 'CancelOrderSuccess' ? [invocation.operation.orderId] : [];
  });
  return {
    customers: new Set(
      invocations.flatMap(({ customer, operation }) => (operation.name === 'createOrder' ? [customer] : [])),
    ).size,
    calls: invocations.length - watching.length,
    cancels: new Set(cancelled).size,
    subscriptions: watching.length,
    resumes: watching.filter(({ afterVersion = 0 }) => afterVersion > 0).length,
    ...countDoubts(history),
  };
}

/** Follows each creation and cancellation over all its calls. */
function countDoubts(
  history: readonly HistoryEntry[],
): Pick<Figures, 'retries' | 'doubts' | 'doubtsSettled'> {
  const calls = new Map<number, Wish>();
  const failed = new Set<string>();
  const doubtful = new Set<string>();
  const definite = new Set<string>();
  let retries = 0;
  for (const entry of history) {
    if (entry.type === 'invoke') {
      const wish = wishOf(entry);
      if (wish === undefined) continue;
      calls.set(entry.call, wish);
      if (!wish.onlyLooks && failed.delete(wish.name)) retries += 1;
      continue;
    }
    const { name, onlyLooks } = calls.get(entry.call) ?? NO_WISH;
    if (name === undefined) continue;
    // A lookup that finds nothing may have come too early.
    const tells = entry.type === 'fail' || (entry.type === 'ok' && (!onlyLooks || entry.answer != null));
    if (tells) definite.add(name);
    if (onlyLooks || entry.type === 'ok') continue;
    failed.add(name);
    if (entry.type === 'info') doubtful.add(name);
  }
  // The answer may be older: one call of a double-click may be answered and the other one lost.
  const doubtsSettled = [...doubtful].filter((name) => definite.has(name)).length;
  return { retries, doubts: doubtful.size, doubtsSettled };
}

interface Wish {
  /** Equal for calls with the same purpose. */
  readonly name: string;
  readonly onlyLooks: boolean;
}

const NO_WISH = { name: undefined, onlyLooks: true };

/** Undefined for calls that change nothing. */
function wishOf({ customer, operation }: Invocation): Wish | undefined {
  switch (operation.name) {
    case 'createOrder':
      if (operation.intent === 'other-input') return undefined;
      return { name: JSON.stringify([customer, 'key', operation.key]), onlyLooks: false };
    case 'orderByIdempotencyKey':
      return { name: JSON.stringify([customer, 'key', operation.key]), onlyLooks: true };
    case 'payOrder':
      return { name: JSON.stringify([customer, 'payment', operation.key]), onlyLooks: false };
    case 'cancelOrder':
      return { name: JSON.stringify([customer, 'order', operation.orderId]), onlyLooks: false };
    case 'completePaymentAction':
    case 'order':
    case 'orderEvents':
    case 'deadLetters':
    case 'retryDeadLetter':
    case 'retryAllDeadLetters':
    case 'discardDeadLetter':
    case 'paymentDiscrepancies':
    case 'resolvePaymentDiscrepancy':
      return undefined;
  }
}
