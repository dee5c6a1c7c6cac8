import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';

/** Deletes webhook events that are too old to be sent again. */
@Injectable()
export class PurgeWebhookEvents {
  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery' | 'webhook'>,
  ) {}

  /** One bounded batch, by the database's clock. */
  async runOnce(): Promise<{ purged: number }> {
    const purged = await this.database.$executeRaw`/* purge-webhook-events */
      DELETE FROM webhook_events WHERE id = ANY (ARRAY(
        SELECT id FROM webhook_events
        WHERE received_at < now() - ${this.config.webhook.retentionMs}::bigint * interval '1 millisecond'
        ORDER BY received_at LIMIT ${this.config.recovery.batchSize}::int
        FOR UPDATE SKIP LOCKED
      ))`;
    return { purged };
  }
}
