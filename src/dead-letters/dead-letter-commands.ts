import { Injectable } from '@nestjs/common';
import { auditEntry } from '../audit/audit-entry.js';
import { type DeadLetterState, resolveDeadLetter } from '../orders/dead-letter.js';
import { statusAfter, type Task, taskIn } from '../orders/lifecycle.js';
import { retryOnConflict } from '../orders/retry-on-conflict.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { workMessage } from '../orders/work-message.js';
import { RelayWakeUp } from '../outbox/relay-wake-up.js';
import { resetAttempts } from '../payments/attempts.js';
import { TASKS } from '../payments/task.js';
import { isDatabaseUnavailable } from '../platform/database/database-errors.js';
import { log } from '../platform/observability/logger.js';
import { type DeadLetter, type DeadLetterCase, DeadLetterQueries } from './dead-letter-queries.js';
import { DiscardCheck } from './discard-check.js';

export type RetryOutcome =
  | { readonly kind: 'settled'; readonly deadLetter: DeadLetter }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-open'; readonly state: DeadLetterState };

export type DiscardOutcome = RetryOutcome | { readonly kind: 'not-discardable'; readonly why: string };

export type SettleOutcome = RetryOutcome | { readonly kind: 'not-settleable'; readonly why: string };

const NOT_A_REFUND =
  'Only the return of money can be settled outside. Cancel the order first, or discard the dead letter.';

/** An operator's decision to end the work. */
export interface Decision {
  readonly id: string;
  /** The operator's id. */
  readonly by: string;
  readonly reason: string;
}

/** An order with an open dead letter rarely moves, and each try may take seconds, since it asks the gateway. */
const MAX_DISCARD_CONFLICTS = 3;

/** Operators' commands. Each stores its audit log entry in the same statement. */
@Injectable()
export class DeadLetterCommands {
  constructor(
    private readonly deadLetters: DeadLetterQueries,
    private readonly transitions: OrderTransitions,
    private readonly discardCheck: DiscardCheck,
    private readonly relayWakeUp: RelayWakeUp,
  ) {}

  /**
   * Sends the work back to the queue.
   * @param action the mutation that was called, for the audit log
   * @throws what the database throws, and TooManyConflictsError; the same call again settles it
   */
  async retry(
    id: string,
    by: string,
    action: 'retryDeadLetter' | 'retryAllDeadLetters' = 'retryDeadLetter',
  ): Promise<RetryOutcome> {
    return retryOnConflict<RetryOutcome>('retrying its dead letter', async () => {
      const found = await this.deadLetters.caseOf(id);
      if (found?.state !== 'OPEN') return notOpen(found);
      const task = taskOf(found);
      const detail = `The ${task} of order ${found.id} was sent back to the queue.`;
      const version = await this.transitions.apply(
        {
          orderId: found.id,
          type: 'DEAD_LETTER_RETRIED',
          from: found,
          actor: `operator:${by}`,
          detail: 'An operator sent the work back to the queue.',
        },
        [
          resolveDeadLetter({ state: 'RETRIED', by, reason: null }),
          resetAttempts(task),
          workMessage(task),
          auditEntry({ actor: by, action, target: id, reason: null, detail }),
        ],
      );
      if (version === undefined) return undefined;
      this.relayWakeUp.wake();
      return { kind: 'settled', deadLetter: await this.deadLetters.byId(id) };
    });
  }

  /**
   * Retries up to `limit` open dead letters, oldest first.
   * @returns how many
   * @throws what the database throws while it is unavailable; the same call again continues with the rest
   */
  async retryAll(limit: number, by: string): Promise<number> {
    let sentBack = 0;
    for (const id of await this.deadLetters.openIds(limit)) {
      try {
        if ((await this.retry(id, by, 'retryAllDeadLetters')).kind === 'settled') sentBack += 1;
      } catch (error) {
        // The rest would fail the same way, one after another.
        if (isDatabaseUnavailable(error)) throw error;
        log.error({ err: error, deadLetterId: id }, 'a dead letter could not be retried');
      }
    }
    return sentBack;
  }

  /**
   * Gives the work up, where the discard check allows it.
   * @throws what the database throws, and TooManyConflictsError; the same call again settles it
   */
  async discard({ id, by, reason }: Decision): Promise<DiscardOutcome> {
    return retryOnConflict<DiscardOutcome>(
      'discarding its dead letter',
      async () => {
        const found = await this.deadLetters.caseOf(id);
        if (found?.state !== 'OPEN') return notOpen(found);
        const why = await this.discardCheck.whyNotDiscardable(found);
        if (why !== undefined) return { kind: 'not-discardable', why };
        const version = await this.applyDiscard(found, { id, by, reason });
        if (version === undefined) return undefined;
        return { kind: 'settled', deadLetter: await this.deadLetters.byId(id) };
      },
      MAX_DISCARD_CONFLICTS,
    );
  }

  /**
   * For a refund that the gateway refuses for good: the operator states that the money was returned in another way. The
   * gateway is not asked, since its answer would change nothing.
   * @throws what the database throws, and TooManyConflictsError; the same call again settles it
   */
  async settleOutside({ id, by, reason }: Decision): Promise<SettleOutcome> {
    return retryOnConflict<SettleOutcome>('settling its dead letter outside', async () => {
      const found = await this.deadLetters.caseOf(id);
      if (found?.state !== 'OPEN') return notOpen(found);
      const type = 'SETTLED_OUTSIDE';
      const status = statusAfter(type, found.status);
      if (status === undefined) return { kind: 'not-settleable', why: NOT_A_REFUND };
      const detail = `Order ${found.id} went from ${found.status} to ${status}.`;
      const version = await this.transitions.apply(
        {
          orderId: found.id,
          type,
          from: found,
          actor: `operator:${by}`,
          detail: 'The shop has settled what was owed by another way.',
          note: reason,
        },
        [
          resolveDeadLetter({ state: 'DISCARDED', by, reason }),
          auditEntry({ actor: by, action: 'settleDeadLetterOutside', target: id, reason, detail }),
        ],
      );
      if (version === undefined) return undefined;
      return { kind: 'settled', deadLetter: await this.deadLetters.byId(id) };
    });
  }

  private async applyDiscard(
    found: DeadLetterCase,
    { id, by, reason }: Decision,
  ): Promise<number | undefined> {
    const type = 'DEAD_LETTER_DISCARDED';
    const status = statusAfter(type, found.status) ?? found.status;
    const { texts, discardedFailureCode: code } = TASKS[taskOf(found)];
    const detail = `Order ${found.id} went from ${found.status} to ${status}.`;
    return this.transitions.apply(
      {
        orderId: found.id,
        type,
        from: found,
        actor: `operator:${by}`,
        detail: texts.discarded,
        note: reason,
        ...(code === null ? {} : { failure: { code, message: texts.discarded, gatewayCode: null } }),
      },
      [
        resolveDeadLetter({ state: 'DISCARDED', by, reason }),
        auditEntry({ actor: by, action: 'discardDeadLetter', target: id, reason, detail }),
      ],
    );
  }
}

function notOpen(found: DeadLetterCase | undefined): RetryOutcome {
  return found === undefined ? { kind: 'not-found' } : { kind: 'not-open', state: found.state };
}

/** @throws where no task is due: a transition to such a status always settles the order's dead letter */
function taskOf({ id, status }: DeadLetterCase): Task {
  const task = taskIn(status);
  if (task === undefined) throw new Error(`order ${id} is ${status} and has an open dead letter`);
  return task;
}
