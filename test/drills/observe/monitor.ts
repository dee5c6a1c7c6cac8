import { setTimeout as delay } from 'node:timers/promises';
import type { Glimpse, Sample } from '../evidence.js';
import { DirectDatabase } from './direct-database.js';
import { GLIMPSE_STATEMENT } from './glimpse-statement.js';
import type { Observed } from './observed.js';
import { NO_FIGURES, PublicApi } from './public-api.js';

const SAMPLE_INTERVAL_MS = 500;
const GLIMPSE_INTERVAL_MS = 200;
const TICK_MS = 20;
const STATUS_LIMITS = { timeoutMs: 2_000, rounds: 1 };
const MAX_GLIMPSES = 100;

const OUTBOX_STATEMENT = `/* drill-sample */
  SELECT count(*)::int AS pending,
    (extract(epoch FROM clock_timestamp() - min(created_at)) * 1000)::float8 AS "oldestMs",
    (SELECT gap_reason FROM database_marker) AS "gapReason"
  FROM outbox_messages WHERE delivered_at IS NULL`;

/** Observes the system from outside during a run. It costs little, and survives every fault. */
export class Monitor {
  readonly samples: Sample[] = [];
  readonly glimpses: Glimpse[] = [];
  private readonly known = new Set<string>();
  private readonly stopping = new AbortController();
  private readonly sampling: DirectDatabase;
  private readonly glimpsing: DirectDatabase;
  private readonly api: PublicApi;
  private figures = NO_FIGURES;
  private lagMs = 0;
  private ticks: NodeJS.Timeout | undefined;
  private loops: Promise<PromiseSettledResult<void>[]> = Promise.resolve([]);

  constructor(
    system: Observed,
    private readonly now: () => number,
  ) {
    this.sampling = new DirectDatabase(() => system.postgres.url);
    this.glimpsing = new DirectDatabase(() => system.postgres.url);
    this.api = new PublicApi(system.directApiUrls, (subject, roles) => system.token(subject, roles));
  }

  start(): void {
    this.watchOwnLag();
    this.loops = Promise.allSettled([
      this.every(SAMPLE_INTERVAL_MS, () => this.takeSample()),
      // Separate, as it may hang for seconds, and samples of the database must not wait for it.
      this.every(SAMPLE_INTERVAL_MS, () => this.askSystem()),
      this.every(GLIMPSE_INTERVAL_MS, () => this.glimpse()),
    ]);
  }

  /** @throws if it ended early because of its own mistake */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.ticks);
    const ends = await this.loops;
    await Promise.all([this.sampling.close(), this.glimpsing.close()]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  private async every(intervalMs: number, look: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const startedAt = this.now();
      await look();
      const restMs = Math.max(0, startedAt + intervalMs - this.now());
      // Rejects when stop() is called, which ends the loop.
      await delay(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async takeSample(): Promise<void> {
    const rows = await this.sampling.ask<{
      pending: number;
      oldestMs: number | null;
      gapReason: string | null;
    }>('drill-sample', OUTBOX_STATEMENT);
    const row = rows?.[0];
    this.samples.push({
      at: this.now(),
      outboxPending: row?.pending ?? null,
      oldestPendingMs: row?.oldestMs ?? null,
      gapReason: row?.gapReason ?? null,
      ...this.figures,
      lagMs: this.lagMs,
    });
    this.lagMs = 0;
  }

  private async askSystem(): Promise<void> {
    this.figures = await this.api.systemFigures(STATUS_LIMITS);
  }

  private async glimpse(): Promise<void> {
    const rows = await this.glimpsing.ask<{ orderId: string; what: string }>(
      'drill-glimpse',
      GLIMPSE_STATEMENT,
    );
    for (const { orderId, what } of rows ?? []) {
      const name = `${orderId} ${what}`;
      if (this.known.has(name) || this.glimpses.length >= MAX_GLIMPSES) continue;
      this.known.add(name);
      this.glimpses.push({ at: this.now(), orderId, what });
    }
  }

  private watchOwnLag(): void {
    let last = this.now();
    this.ticks = setInterval(() => {
      const at = this.now();
      this.lagMs = Math.max(this.lagMs, at - last - TICK_MS);
      last = at;
    }, TICK_MS);
  }
}
