import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Prisma } from '../generated/prisma/client.js';
import { OrderChangeNotifier } from './order-change-notifier.js';
import { recordDeclines } from './create/payment-declines.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';
import { retryRolledBack } from '../platform/database/retry-rolled-back.js';
import { batched } from '../platform/database/statement-batcher.js';
import { type OrderStatus, taskIn } from './lifecycle.js';
import { conditionsOf, eventsOf, type OrderTransition, type TransitionWrite } from './transition.js';

const MAX_INT4 = 2_147_483_647;
/** PostgreSQL truncates longer names. */
const MAX_STATEMENT_NAME_BYTES = 63;

/** A transition with its events and target status from the lifecycle table. */
interface Move {
  readonly transition: OrderTransition;
  readonly events: ReturnType<typeof eventsOf>;
  readonly status: OrderStatus;
}

/**
 * The only writer of an order's status: a compare-and-set on its version, its events and its transition writes in one
 * statement. Concurrent transitions without writes share a statement. The loser of a race gets undefined and stops
 * quietly: another process did the work.
 */
@Injectable()
export class OrderTransitions {
  private readonly batched = batched((moves: readonly Move[]) => this.run(moves));

  constructor(
    private readonly database: Database,
    @Inject(OrderChangeNotifier) private readonly notifier: Pick<OrderChangeNotifier, 'publish'>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /**
   * @returns the order's new version; undefined where the order has moved on, and nothing was written
   * @throws where the lifecycle table does not allow the event (a bug in the caller), and what the database throws
   */
  async apply(
    transition: OrderTransition,
    writes: readonly TransitionWrite[] = [],
  ): Promise<number | undefined> {
    const { orderId, from } = transition;
    const events = eventsOf(transition);
    const status = events.at(-1)?.status ?? from.status;
    const move = { transition, events, status };
    const [hasMoved] = writes.length === 0 ? [await this.batched(move)] : await this.run([move], writes);
    if (hasMoved !== true) return undefined;
    const version = from.version + events.length;
    for (const { type } of events) log.info({ orderId, event: type, status, version }, 'order moved');
    this.notifier.publish(orderId, version);
    return version;
  }

  /** @returns for each move whether it took place; of two moves from the same version, only one does */
  private async run(
    unsorted: readonly Move[],
    callerWrites: readonly TransitionWrite[] = [],
  ): Promise<boolean[]> {
    // Every statement locks orders in the same sequence, so that two of them cannot deadlock.
    const moves = unsorted.toSorted((a, b) => (a.transition.orderId < b.transition.orderId ? -1 : 1));
    const writes = [...callerWrites, ...declinesIn(moves)];
    const name = Prisma.raw(statementName(writes));
    const writeClauses = writes.map(
      ({ name, sql }) => Prisma.sql`, ${Prisma.raw(name.replaceAll('-', '_'))} AS (${sql})`,
    );
    const { queries, conditions } = conditionsOf(writes);
    const history = appendEvents(moves);
    const statement = Prisma.sql`/* ${name} */
      WITH ${queries}moved AS (
        UPDATE orders o SET
          status = t.status::order_status,
          version = o.version + t.steps,
          updated_at = now(),
          recover_after = now() + t.recover_after_ms * interval '1 millisecond',
          failure_code = t.failure_code,
          failure_message = t.failure_message,
          failure_gateway_code = t.failure_gateway_code
        FROM unnest(
          ${moves.map(({ transition }) => transition.orderId)}::uuid[],
          ${moves.map(({ transition }) => transition.from.version)}::int[],
          ${moves.map(({ transition }) => transition.from.status)}::text[],
          ${moves.map(({ status }) => status)}::text[],
          ${moves.map(({ events }) => events.length)}::int[],
          ${moves.map((move) => this.recoverAfterMs(move))}::int[],
          ${moves.map(({ transition }) => transition.failure?.code ?? null)}::text[],
          ${moves.map(({ transition }) => transition.failure?.message ?? null)}::text[],
          ${moves.map(({ transition }) => transition.failure?.gatewayCode ?? null)}::text[],
          ${moves.map(({ transition }) => transition.paymentIntentId !== undefined)}::boolean[],
          ${moves.map(({ transition }) => transition.paymentIntentId ?? null)}::text[]
        ) WITH ORDINALITY AS t (order_id, version, from_status, status, steps, recover_after_ms, failure_code,
          failure_message, failure_gateway_code, compares_payment, payment_intent_id, ordinal)
        WHERE o.id = t.order_id AND o.version = t.version AND o.status = t.from_status::order_status
          AND (NOT t.compares_payment OR t.payment_intent_id IS NOT DISTINCT FROM
            (SELECT p.payment_intent_id FROM payments p WHERE p.order_id = o.id))${conditions}
        RETURNING o.id, o.version, o.customer_id, t.ordinal
      )${writeClauses.length === 0 ? Prisma.empty : Prisma.join(writeClauses, '')}, history AS (${history})
      SELECT ordinal::int AS ordinal FROM moved`;
    const rows = await retryRolledBack(() => this.database.$queryRaw<{ ordinal: number }[]>(statement));
    const moved = new Set(rows.map(({ ordinal }) => moves[ordinal - 1]));
    return unsorted.map((move) => moved.has(move));
  }

  /** Null where no work is due. */
  private recoverAfterMs({ transition, status }: Move): number | null {
    if (taskIn(status) === undefined || transition.waitsForOperator === true) return null;
    // An int4 out of range would fail the other orders in the statement too.
    return Math.min(this.config.recovery.stuckAfterMs + (transition.pauseMs ?? 0), MAX_INT4);
  }
}

/** The write that records the batch's declines; none where there are no declines. */
function declinesIn(moves: readonly Move[]): TransitionWrite[] {
  const declines = moves.flatMap(({ events }, move) =>
    events.some(({ type }) => type === 'PAYMENT_DECLINED') ? [move + 1] : [],
  );
  return declines.length === 0 ? [] : [recordDeclines(declines)];
}

/** @throws for a name that PostgreSQL would truncate: two statements could then share it */
function statementName(writes: readonly TransitionWrite[]): string {
  const names = writes.map(({ name }) => name).join('-');
  const name = names === '' ? 'transition-order' : `transition-order-with-${names}`;
  if (name.length > MAX_STATEMENT_NAME_BYTES)
    throw new Error(`the statement name ${name} is longer than ${MAX_STATEMENT_NAME_BYTES} bytes`);
  return name;
}

/** Appends the events of the orders that moved. */
function appendEvents(moves: readonly Move[]): Prisma.Sql {
  const events = moves.flatMap(({ transition, events }, move) =>
    events.map((event, step) => ({
      ...event,
      actor: transition.actor,
      move: move + 1,
      version: transition.from.version + step + 1,
    })),
  );
  return Prisma.sql`
      INSERT INTO order_events (order_id, version, type, status, previous_status, detail, note, actor)
      SELECT moved.id, e.version, e.type::order_event_type, e.status::order_status,
        e.previous_status::order_status, e.detail, e.note, e.actor
      FROM moved JOIN unnest(
        ${events.map((event) => event.move)}::int[],
        ${events.map((event) => event.version)}::int[],
        ${events.map((event) => event.type)}::text[],
        ${events.map((event) => event.status)}::text[],
        ${events.map((event) => event.previousStatus)}::text[],
        ${events.map((event) => event.detail ?? null)}::text[],
        ${events.map((event) => event.note ?? null)}::text[],
        ${events.map((event) => event.actor)}::text[]
      ) AS e (move, version, type, status, previous_status, detail, note, actor) ON e.move = moved.ordinal`;
}
