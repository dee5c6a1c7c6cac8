import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Quarantine } from '../dead-letters/quarantine.js';
import { findUnknownMessages, type UnknownMessage } from '../outbox/outbox.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';

/** Enough to recognize a kind; the row may contain anything. */
const MAX_SHOWN_KIND_LENGTH = 50;

/**
 * Removes outbox messages of unknown kinds. No relay of this release delivers them, and one of a newer release would
 * have done so by now. Their order's work is lost, so it becomes a dead letter.
 */
@Injectable()
export class QuarantineMessages {
  constructor(
    private readonly database: Database,
    private readonly quarantine: Quarantine,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** One bounded batch, by the database's clock. If it is killed halfway, the next run does the rest. */
  async runOnce(): Promise<{ removed: number }> {
    const { stuckAfterMs: ageMs, batchSize } = this.config.recovery;
    const messages = await findUnknownMessages(this.database, { ageMs, batchSize });
    let removed = 0;
    for (const message of messages) {
      const { id, orderId } = message;
      const kind = JSON.stringify(message.kind.slice(0, MAX_SHOWN_KIND_LENGTH));
      await this.quarantine.openDeadLetterFor(
        orderId,
        `The outbox held a message of the unknown kind ${kind}.`,
        'recovery',
      );
      if (!(await this.remove(message))) continue;
      log.error({ orderId, kind, messageId: String(id) }, 'removed an outbox message of an unknown kind');
      removed += 1;
    }
    return { removed };
  }

  /** Keeps the message where a task of the order is due: the order has just moved, and has no dead letter yet. */
  private async remove({ id, orderId }: UnknownMessage): Promise<boolean> {
    const removed = await this.database.$executeRaw`/* remove-unknown-message */
      DELETE FROM outbox_messages WHERE id = ${id}::bigint AND delivered_at IS NULL
        AND NOT EXISTS (SELECT FROM orders WHERE id = ${orderId}::uuid AND recover_after IS NOT NULL)`;
    return removed === 1;
  }
}
