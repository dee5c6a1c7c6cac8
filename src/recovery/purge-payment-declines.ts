import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { DECLINE_WINDOW_MS } from '../orders/create/payment-declines.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';

/** Deletes payment declines that no longer count against their customers. */
@Injectable()
export class PurgePaymentDeclines {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** One bounded batch, by the database's clock. (ctid is stable here: rows are inserted and deleted, never updated.) */
  async runOnce(): Promise<{ purged: number }> {
    const purged = await this.database.$executeRaw`/* purge-payment-declines */
      DELETE FROM payment_declines WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM payment_declines
        WHERE declined_at <= now() - ${DECLINE_WINDOW_MS}::int * interval '1 millisecond'
        ORDER BY declined_at LIMIT ${this.config.recovery.batchSize}::int
      ))`;
    return { purged };
  }
}
