import { Injectable } from '@nestjs/common';
import type { DeadLetterState } from '../orders/dead-letter.js';
import type { Task } from '../orders/lifecycle.js';
import { WORK_ORDER_COLUMNS, WORK_ORDER_TABLES, type WorkOrder } from '../payments/work-order.js';
import { Database } from '../platform/database/database.js';
import { UUID } from '../platform/uuid.js';

/** Work that automatic retries could not finish. */
export interface DeadLetter {
  readonly id: string;
  readonly orderId: string;
  readonly task: Task;
  readonly state: DeadLetterState;
  readonly attempts: number;
  readonly error: string;
  readonly createdAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly reason: string | null;
}

/** A dead letter's state and its order, read in one statement. */
export interface DeadLetterCase extends WorkOrder {
  readonly state: DeadLetterState;
}

@Injectable()
export class DeadLetterQueries {
  constructor(private readonly database: Database) {}

  /** Up to `limit` dead letters, newest first, older than `afterId` where that is given. @param page.state null: any */
  async list(page: {
    readonly state: DeadLetterState | null;
    readonly limit: number;
    readonly afterId: string | undefined;
  }): Promise<DeadLetter[]> {
    return this.database.deadLetter.findMany({
      where: { ...inState(page.state), ...(page.afterId === undefined ? {} : { id: { lt: page.afterId } }) },
      orderBy: { id: 'desc' },
      take: page.limit,
    });
  }

  async count(state: DeadLetterState | null): Promise<number> {
    return this.database.deadLetter.count({ where: inState(state) });
  }

  /** The ids of open dead letters, the oldest first. */
  async openIds(limit: number): Promise<string[]> {
    const rows = await this.database.deadLetter.findMany({
      where: inState('OPEN'),
      orderBy: { id: 'asc' },
      take: limit,
      select: { id: true },
    });
    return rows.map(({ id }) => id);
  }

  /** @throws where there is no such dead letter */
  async byId(id: string): Promise<DeadLetter> {
    return this.database.deadLetter.findUniqueOrThrow({ where: { id } });
  }

  /** Undefined where there is no such dead letter, or `id` is not a UUID. */
  async caseOf(id: string): Promise<DeadLetterCase | undefined> {
    if (!UUID.test(id)) return undefined;
    const [found] = await this.database.$queryRaw<DeadLetterCase[]>`/* load-dead-letter-case */
      SELECT d.state, ${WORK_ORDER_COLUMNS}
      FROM ${WORK_ORDER_TABLES} JOIN dead_letters d ON d.order_id = o.id WHERE d.id = ${id}::uuid`;
    return found;
  }
}

function inState(state: DeadLetterState | null): { readonly state?: DeadLetterState } {
  return state === null ? {} : { state };
}
