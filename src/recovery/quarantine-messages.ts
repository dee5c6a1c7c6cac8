import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Quarantine } from '../dead-letters/quarantine.js';
import { findUnknownMessages, type UnknownMessage } from '../outbox/outbox.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';

/** Enough to recognize a kind by; what stands in the row may be anything. */
const SHOWN_KIND_LENGTH = 50;

/**
 * Takes outbox messages of unknown kinds out of the way. No relay of this release delivers them; one of a newer
 * release, if it runs, has had its chance. What they were for is lost to their order, so an operator has to see it.
 */
@Injectable()
export class QuarantineMessages {
  constructor(
    private readonly database: Database,
    private readonly setAside: Quarantine,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** One bounded batch, by the database's clock. Killed in the middle, it does the rest when it runs again. */
  async runOnce(): Promise<{ setAside: number }> {
    const { stuckAfterMs: ageMs, batchSize } = this.config.recovery;
    const messages = await findUnknownMessages(this.database, { ageMs, batchSize });
    let setAside = 0;
    for (const message of messages) {
      const { id, orderId } = message;
      const kind = JSON.stringify(message.kind.slice(0, SHOWN_KIND_LENGTH));
      await this.setAside.order(
        orderId,
        `The outbox held a message of the unknown kind ${kind}.`,
        'recovery',
      );
      if (!(await this.remove(message))) continue;
      log.error({ orderId, kind, messageId: String(id) }, 'a message of an unknown kind was removed');
      setAside += 1;
    }
    return { setAside };
  }

  /** Not while work of the order is due: it moved at that very moment, and has no dead letter yet. */
  private async remove({ id, orderId }: UnknownMessage): Promise<boolean> {
    const removed = await this.database.$executeRaw`/* remove-unknown-message */
      DELETE FROM outbox_messages WHERE id = ${id}::bigint AND delivered_at IS NULL
        AND NOT EXISTS (SELECT FROM orders WHERE id = ${orderId}::uuid AND recover_after IS NOT NULL)`;
    return removed === 1;
  }
}
