import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { SweepSchedule } from '../platform/sweep-schedule.js';
import { PurgeOutbox } from './purge-outbox.js';
import { PurgePaymentDeclines } from './purge-payment-declines.js';
import { PurgeWebhookEvents } from './purge-webhook-events.js';
import { RecoverOrders } from './recover-orders.js';
import { QuarantineMessages } from './quarantine-messages.js';

/** Arbitrary. */
const RECOVERY_LOCK_ID = 815_204_733;

/**
 * Runs recovery's sweeps. Some things need none: another relay claims a dead relay's messages once their lease is over,
 * and finished jobs leave Redis by removeOnComplete and removeOnFail.
 */
@Injectable()
export class RecoverySchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly schedule: SweepSchedule;

  constructor(
    registry: SchedulerRegistry,
    database: Database,
    @Inject(CONFIG) { recovery }: Pick<Config, 'recovery'>,
    recoverOrders: RecoverOrders,
    quarantineMessages: QuarantineMessages,
    purgeOutbox: PurgeOutbox,
    purgeWebhookEvents: PurgeWebhookEvents,
    purgePaymentDeclines: PurgePaymentDeclines,
  ) {
    const { intervalMs, batchSize } = recovery;
    this.schedule = new SweepSchedule(
      registry,
      database,
      {
        name: 'recovery',
        lockId: RECOVERY_LOCK_ID,
        intervalMs,
        isMoreDue: (counts) => Math.max(...Object.values(counts)) >= batchSize,
      },
      [recoverOrders, quarantineMessages, purgeOutbox, purgeWebhookEvents, purgePaymentDeclines],
    );
  }

  onApplicationBootstrap(): void {
    this.schedule.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.schedule.stop();
  }
}
