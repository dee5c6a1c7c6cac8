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

/** One kind of unfinished or superfluous things, put right a bounded batch at a time. */
export interface Sweep {
  /** @returns counts under names of its own; one as high as the batch size means that more may be due */
  runOnce(): Promise<Readonly<Record<string, number>>>;
}

/** Any constant will do; it must only differ from other programs' advisory locks in the same database. */
const RECOVERY_LOCK_ID = 815_204_733;
const INTERVAL_NAME = 'recovery';
/** The lock lasts as long as its transaction, and that as long as all sweeps of a turn. */
const LOCK_TIMEOUT_MS = 60_000;
/** A turn ends after so many full batches of a sweep; the next one goes on. */
const MAX_BATCHES_A_TURN = 100;

/** Calls the sweeps at intervals. A lock in PostgreSQL lets one process at a time do it; the others skip their turn. */
@Injectable()
export class RecoverySchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /**
   * Some things need no sweep: a message whose relay died is claimed by another one when its lease is over, and
   * finished jobs leave Redis by themselves (removeOnComplete and removeOnFail).
   */
  private readonly sweeps: readonly Sweep[];
  private running: Promise<void> | undefined;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
    recoverOrders: RecoverOrders,
    setAsidePoison: QuarantineMessages,
    purgeOutbox: PurgeOutbox,
    purgeWebhookEvents: PurgeWebhookEvents,
    purgePaymentDeclines: PurgePaymentDeclines,
  ) {
    this.sweeps = [recoverOrders, setAsidePoison, purgeOutbox, purgeWebhookEvents, purgePaymentDeclines];
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
          for (const sweep of this.sweeps) await this.whileFull(sweep);
        },
        { timeout: LOCK_TIMEOUT_MS },
      );
    } catch (error) {
      log.warn({ err: error }, 'recovery could not sweep; it will try again');
    }
  }

  /** What one sweep can't do (Redis is away, say) must not keep the next one from its work. */
  private async whileFull(sweep: Sweep): Promise<void> {
    try {
      for (let batch = 1; batch <= MAX_BATCHES_A_TURN; batch += 1) {
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
