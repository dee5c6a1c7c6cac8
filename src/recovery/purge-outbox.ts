import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { purgeDelivered } from '../outbox/outbox.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';

/** Deletes outbox messages that were delivered long ago. */
@Injectable()
export class PurgeOutbox {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** One bounded batch, by the database's clock. */
  async runOnce(): Promise<{ purged: number }> {
    const { outboxRetentionMs: retentionMs, batchSize } = this.config.recovery;
    return { purged: await purgeDelivered(this.database, { batchSize, retentionMs }) };
  }
}
