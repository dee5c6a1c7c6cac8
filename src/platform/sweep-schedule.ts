import type { SchedulerRegistry } from '@nestjs/schedule';
import type { Database } from './database/database.js';
import { log } from './observability/logger.js';

export type SweepCounts = Readonly<Record<string, number>>;

/** Repairs, compares or purges one kind of thing, one bounded batch at a time. */
export interface Sweep {
  runOnce(): Promise<SweepCounts>;
}

export interface SweepOptions {
  /** Of the interval, and in the log. */
  readonly name: string;
  /** Of the advisory lock; it must differ from those of other schedules and programs in the same database. */
  readonly lockId: number;
  readonly intervalMs: number;
  /** Whether another batch may be due at once after one with these counts. */
  readonly isMoreDue: (counts: SweepCounts) => boolean;
}

/** The lock's transaction lasts for all sweeps of a run. */
const LOCK_TIMEOUT_MS = 60_000;
/** The next run continues. */
const MAX_BATCHES_PER_SWEEP = 100;
/** As MAX_BATCHES_PER_SWEEP, for batches that wait for others' answers. All sweeps of a run fit into the lock's time. */
const MAX_SWEEP_MS = 10_000;

/** Runs sweeps at intervals. An advisory lock lets one process run them at a time; the others skip the run. */
export class SweepSchedule {
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly database: Database,
    private readonly options: SweepOptions,
    private readonly sweeps: readonly Sweep[],
  ) {}

  start(): void {
    const run = () => {
      this.running ??= this.run().finally(() => {
        this.running = undefined;
      });
    };
    this.registry.addInterval(this.options.name, setInterval(run, this.options.intervalMs));
    run();
  }

  /** Waits for the batch that is running. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.registry.deleteInterval(this.options.name);
    await this.running;
  }

  private async run(): Promise<void> {
    const { name, lockId } = this.options;
    try {
      await this.database.$transaction(
        async (transaction) => {
          const [lock] = await transaction.$queryRaw<{ held: boolean }[]>`/* lock-sweeps */
            SELECT pg_try_advisory_xact_lock(${lockId}::int) AS held,
              set_config('idle_in_transaction_session_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
          if (lock?.held !== true) return;
          for (const sweep of this.sweeps) await this.runBatches(sweep);
        },
        { timeout: LOCK_TIMEOUT_MS },
      );
    } catch (error) {
      log.warn({ err: error, schedule: name }, 'the sweeps could not run; they will be tried again');
    }
  }

  /** Runs batches while more is due. A sweep that fails (Redis is down, say) must not stop the next sweep. */
  private async runBatches(sweep: Sweep): Promise<void> {
    const endAt = performance.now() + MAX_SWEEP_MS;
    try {
      for (let batch = 1; batch <= MAX_BATCHES_PER_SWEEP && !this.isStopped; batch += 1) {
        if (!this.options.isMoreDue(await sweep.runOnce()) || performance.now() >= endAt) return;
      }
    } catch (error) {
      if (this.isStopped) return;
      const { name: schedule } = this.options;
      log.warn(
        { err: error, schedule, sweep: sweep.constructor.name },
        'a sweep failed; it will be tried again',
      );
    }
  }
}
