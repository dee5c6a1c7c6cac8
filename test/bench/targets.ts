export interface Target {
  readonly bound: 'at least' | 'at most';
  readonly target: number;
  readonly what: string;
  readonly unit: string | undefined;
}

/**
 * The targets of the system, as ratios within one run unless there is a unit. `bound` says whether a
 * result must be at least (≥) or at most (≤) the target.
 */
export const TARGETS = {
  P1: atLeast(0.4, 'createOrder over HTTP, 64 connections ÷ pgbench, same statement'),
  P1b: atLeast(10, 'createOrder over HTTP ÷ a naive Nest + Prisma create'),
  P2: atMost(1.5, 'CPU an order (api + PostgreSQL) ÷ the same server without a database'),
  P3: atMost(3, 'createOrder at half of the maximum: 99th percentile ÷ median'),
  P3b: atMost(1, 'what batching adds at 1 request/s', 'ms'),
  P4: atMost(1.5, 'create → CONFIRMED at a subscriber, idle ÷ the sum of its parts'),
  P5: atLeast(0.8, 'relay, from a backlog of 100,000 ÷ addBulk(500) alone'),
  P6: atMost(50, 'relay lag at 70 % load, 99th percentile', 'ms'),
  P7: atLeast(0.6, 'worker, payments ÷ a bare loop of the same gateway calls'),
  P7b: atLeast(0.6, 'the same with a gateway that takes 50 ms a call'),
  rate: atLeast(0.95, 'charges at 25/s, what the gateway takes ÷ 25/s, one worker'),
  rate2: atLeast(0.95, 'the same with two workers'),
  rate429: atMost(0.01, 'the share of their requests that the gateway refuses with 429'),
  refused: atMost(5, "another customer's payment behind 100 that the gateway refuses", 's'),
  P8: atMost(1.3, 'drain after 60 s without Redis ÷ backlog/min(relay, worker)'),
  P8b: atMost(2, 'createOrder without Redis: 99th percentile ÷ before'),
  P9: atMost(1.5, 'CPU an event, 1,000 sockets on one order ÷ bare ws broadcast'),
  P9b: atMost(1.5, 'CPU an event, 5,000 sockets on one order ÷ bare ws broadcast'),
  P9c: atMost(3, 'CPU an event, 1,000 sockets, an order each ÷ bare ws sends'),
  P9d: atMost(3, 'CPU an event, 5,000 sockets, an order each ÷ bare ws sends'),
  P10: atMost(25, 'memory of an idle subscription, 5,000 sockets', 'KiB'),
  P10b: atMost(0, 'Redis subscriptions that come with 5,000 sockets'),
  P11: atLeast(0.9, 'createOrder at 1,000,000 orders ÷ at 10,000'),
  P11b: atMost(1.1, "buffers of the relay's claim at 1,000,000 orders ÷ at 10,000"),
  P11c: atMost(1.1, 'buffers of a list query at 1,000,000 ÷ at 10,000, the worst of them'),
  P12: atMost(0.5, 'CPU of a replay ÷ of a create'),
  P12b: atMost(2, 'fresh orders in a retry storm: 99th percentile ÷ without'),
  P13: atLeast(0.9, 'createOrder with a transaction held open ÷ before'),
  P13b: atLeast(0.9, 'relay with a transaction held open ÷ before'),
  P14: atMost(1, 'ready after start ÷ an empty Nest + GraphQL app'),
  P14b: atMost(1.5, 'idle memory ÷ an empty Nest + GraphQL app'),
  P14c: atMost(1.1, 'memory after 200,000 orders ÷ after 20,000'),
  overload: atLeast(0.9, 'orders at twice the maximum load ÷ the maximum'),
} satisfies Record<string, Target>;

export type TargetId = keyof typeof TARGETS;
export const TARGET_IDS: readonly string[] = Object.keys(TARGETS);

export function isTargetId(text: string): text is TargetId {
  return text in TARGETS;
}

function atLeast(target: number, what: string, unit?: string): Target {
  return { bound: 'at least', target, what, unit };
}

function atMost(target: number, what: string, unit?: string): Target {
  return { bound: 'at most', target, what, unit };
}
