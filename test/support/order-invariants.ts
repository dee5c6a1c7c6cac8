import type { OrderSteps } from './order-steps.js';

/** The contract's edges, repeated on purpose. An event may also keep the status. */
const EDGES = new Set([
  'PENDING → PAYMENT_PROCESSING',
  'PENDING → PAYMENT_FAILED',
  'PENDING → CANCELLED',
  'PAYMENT_PROCESSING → CONFIRMED',
  'PAYMENT_PROCESSING → PAYMENT_FAILED',
  'PAYMENT_PROCESSING → REQUIRES_ACTION',
  'PAYMENT_PROCESSING → CANCELLING',
  'REQUIRES_ACTION → CONFIRMED',
  'REQUIRES_ACTION → PAYMENT_FAILED',
  'REQUIRES_ACTION → CANCELLING',
  'PAYMENT_FAILED → PENDING',
  'CONFIRMED → CANCELLING',
  'CANCELLING → CANCELLED',
]);
const FINAL = 'CANCELLED';
const AT_REST = ['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED'];

interface EventRow {
  readonly version: number;
  readonly type: string;
  readonly status: string;
  readonly previous: string | null;
}

/** What is stored of an order, and what the gateway has of it. */
export interface OrderFacts {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly total: number;
  readonly orders: number;
  readonly items: number;
  readonly waiting: number;
  readonly openDeadLetters: number;
  readonly deadLetters: number;
  readonly deadLettered: number;
  readonly events: readonly EventRow[];
  readonly captures: number;
  readonly captured: number;
  readonly refunded: number;
}

export async function readFacts(steps: OrderSteps, id: string): Promise<OrderFacts> {
  const [row] = await steps.select<Omit<OrderFacts, 'captures' | 'captured' | 'refunded'>>(
    `SELECT o.id, o.status, o.version, o.total_amount AS total,
       (SELECT count(*)::int FROM orders s
        WHERE s.customer_id = o.customer_id AND s.idempotency_key = o.idempotency_key) AS orders,
       (SELECT count(*)::int FROM order_items i WHERE i.order_id = o.id) AS items,
       (SELECT count(*)::int FROM outbox_messages m WHERE m.order_id = o.id AND m.delivered_at IS NULL) AS waiting,
       (SELECT count(*)::int FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "openDeadLetters",
       (SELECT count(*)::int FROM dead_letters d WHERE d.order_id = o.id) AS "deadLetters",
       (SELECT count(*)::int FROM order_events e WHERE e.order_id = o.id AND e.type = 'DEAD_LETTERED') AS "deadLettered",
       (SELECT json_agg(json_build_object('version', version, 'type', type, 'status', status,
          'previous', previous_status) ORDER BY version) FROM order_events e WHERE e.order_id = o.id) AS events
     FROM orders o WHERE o.id = $1`,
    [id],
  );
  if (row === undefined) throw new Error(`the order ${id} is lost`);
  const { captures = 0, captured = 0, refunded = 0 } = (await steps.sandbox.order(id)) ?? {};
  return { ...row, captures, captured, refunded };
}

/**
 * The violated invariants of every moment, as sentences.
 * @param before the order's facts at an earlier moment
 */
export function violations(now: OrderFacts, before: OrderFacts | undefined): string[] {
  const steps = now.events.map(({ previous, status }) => `${previous ?? ''} → ${status}`);
  const edges = now.events.flatMap(({ previous, status }, index) =>
    index === 0 || previous === status ? [] : [steps[index] ?? ''],
  );
  const rules: readonly (readonly [boolean, string])[] = [
    [now.orders === 1, `1: ${now.orders} orders under one key`],
    [now.items > 0 && now.events[0]?.type === 'ORDER_CREATED', '3: the order is not whole'],
    [now.captures <= 1, `4: ${now.captures} captures`],
    [now.refunded <= now.captured, `4: ${now.refunded} returned of ${now.captured}`],
    [
      edges.every((edge) => EDGES.has(edge)),
      `5: not allowed: ${edges.filter((edge) => !EDGES.has(edge)).join()}`,
    ],
    [
      now.events.every(({ previous }, index) => previous === (now.events[index - 1]?.status ?? null)),
      `5: broken chain: ${steps.join(', ')}`,
    ],
    [
      now.events.every(({ version }, index) => version === index + 1) && now.version === now.events.length,
      `5: versions ${now.events.map(({ version }) => version).join()}, the order has ${now.version}`,
    ],
    [now.events.at(-1)?.status === now.status, '3: the order and its newest event differ'],
    [now.openDeadLetters <= 1, `8: ${now.openDeadLetters} open dead letters`],
    [now.deadLetters === now.deadLettered, `8: ${now.deadLetters} dead letters, ${now.deadLettered} events`],
    [now.openDeadLetters === 0 || !AT_REST.includes(now.status), `8: ${now.status} with an open dead letter`],
    [
      before === undefined ||
        JSON.stringify(now.events.slice(0, before.events.length)) === JSON.stringify(before.events),
      '5: history was changed',
    ],
    [
      before === undefined || before.status !== FINAL || now.status === before.status,
      `5: ${before?.status ?? ''} was left for ${now.status}`,
    ],
  ];
  return rules.flatMap(([holds, sentence]) => (holds ? [] : [sentence]));
}

/** The violated invariants of an order at rest. */
export function violationsAtRest(now: OrderFacts): string[] {
  const kept = now.captured - now.refunded;
  const owed = now.status === 'CONFIRMED' ? now.total : 0;
  const atRest = AT_REST.includes(now.status);
  const rules: readonly (readonly [boolean, string])[] = [
    [atRest || now.openDeadLetters === 1, `8: ${now.status} without a dead letter`],
    [!atRest || kept === owed, `4: ${now.status}, and ${kept} is kept`],
    [now.waiting === 0, `7: ${now.waiting} messages wait`],
  ];
  return rules.flatMap(([holds, sentence]) => (holds ? [] : [sentence]));
}
