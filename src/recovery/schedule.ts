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
import { log } from '../platform/observability/logger.js';
import { PurgeOutbox } from './purge-outbox.js';
import { PurgePaymentDeclines } from './purge-payment-declines.js';
import { PurgeWebhookEvents } from './purge-webhook-events.js';
import { RecoverOrders } from './recover-orders.js';
import { QuarantineMessages } from './quarantine-messages.js';

/** Repairs or purges one kind of thing, one bounded batch at a time. */
export interface Sweep {
  /** @returns named counts; one that equals the batch size means that more may be due */
  runOnce(): Promise<Readonly<Record<string, number>>>;
}

/** Arbitrary; it must differ from other programs' advisory locks in the same database. */
const RECOVERY_LOCK_ID = 815_204_733;
const INTERVAL_NAME = 'recovery';
/** The lock's transaction lasts for all sweeps of a run. */
const LOCK_TIMEOUT_MS = 60_000;
/** The next run continues. */
const MAX_BATCHES_PER_SWEEP = 100;

/** Runs the sweeps at intervals. An advisory lock lets one process run them at a time; the others skip the run. */
@Injectable()
export class RecoverySchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /**
   * Some things need no sweep: another relay claims a dead relay's messages once their lease is over, and finished jobs
   * leave Redis by removeOnComplete and removeOnFail.
   */
  private readonly sweeps: readonly Sweep[];
  private running: Promise<void> | undefined;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
    recoverOrders: RecoverOrders,
    quarantineMessages: QuarantineMessages,
    purgeOutbox: PurgeOutbox,
    purgeWebhookEvents: PurgeWebhookEvents,
    purgePaymentDeclines: PurgePaymentDeclines,
  ) {
    this.sweeps = [recoverOrders, quarantineMessages, purgeOutbox, purgeWebhookEvents, purgePaymentDeclines];
  }

  onApplicationBootstrap(): void {
    const sweep = () => {
      this.running ??= this.sweep().finally(() => {
        this.running = undefined;
      });
    };
    this.registry.addInterval(INTERVAL_NAME, setInterval(sweep, this.config.recovery.intervalMs));
    sweep();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.registry.deleteInterval(INTERVAL_NAME);
    await this.running;
  }

  private async sweep(): Promise<void> {
    try {
      await this.database.$transaction(
        async (transaction) => {
          const [lock] = await transaction.$queryRaw<{ held: boolean }[]>`/* lock-recovery */
            SELECT pg_try_advisory_xact_lock(${RECOVERY_LOCK_ID}::int) AS held,
              set_config('idle_in_transaction_session_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
          if (lock?.held !== true) return;
          for (const sweep of this.sweeps) await this.runBatches(sweep);
        },
        { timeout: LOCK_TIMEOUT_MS },
      );
    } catch (error) {
      log.warn({ err: error }, 'recovery could not sweep; it will try again');
    }
  }

  /** Runs batches while they are full. A sweep that fails (Redis is down, say) must not stop the next sweep. */
  private async runBatches(sweep: Sweep): Promise<void> {
    try {
      for (let batch = 1; batch <= MAX_BATCHES_PER_SWEEP; batch += 1) {
        const counts = await sweep.runOnce();
        if (Math.max(...Object.values(counts)) < this.config.recovery.batchSize) return;
      }
    } catch (error) {
      log.warn(
        { err: error, sweep: sweep.constructor.name },
        'a sweep of recovery failed; it will try again',
      );
    }
  }
}
