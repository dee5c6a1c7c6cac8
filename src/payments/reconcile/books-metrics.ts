import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { DiscrepancyKind } from '../../generated/prisma/enums.js';
import { log } from '../../platform/observability/logger.js';
import { singleFlight } from '../../platform/single-flight.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { type BooksReport, BooksStatus } from './books-status.js';

/** A scrape must not wait for a database that is down: Prometheus gives up after 10 s, and would miss all metrics. */
const READ_TIMEOUT_MS = 1_500;
/** The gauges of a scrape, and several scrapers, share a reading. */
const MAX_AGE_MS = 1_000;
const KINDS = Object.values(DiscrepancyKind);

interface Settings {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: string[];
}

/**
 * Gauges of payment discrepancies and lost commits, read from the database when they are scraped; NaN where it can't be
 * read. Gauges of the whole system are told by relay processes alone, so that their sums mean something.
 */
@Injectable()
export class BooksMetrics implements OnApplicationShutdown {
  private readonly gauges = new Map<string, Gauge>();
  private readonly read: () => Promise<BooksReport>;
  private latest: { readonly report: BooksReport; readonly readAt: number } | undefined;

  constructor(status: BooksStatus) {
    this.read = singleFlight(async () => {
      const report = await status.read();
      this.latest = { report, readAt: performance.now() };
      return report;
    });
    const [help, labelNames] = ['Open payment discrepancies, by kind.', ['kind']];
    this.register({ name: 'payment_discrepancies_open', help, labelNames }, (gauge, report) => {
      for (const kind of KINDS) gauge.set({ kind }, report?.open[kind] ?? NaN);
    });
    const lost = '1 while commits may be lost and payments are being compared with the gateway, else 0.';
    this.register({ name: 'database_gap_open', help: lost }, (gauge, report) => {
      gauge.set(report === undefined ? NaN : Number(report.gap !== null));
    });
    const missing = 'Orders that jobs or payments name and that are not stored.';
    this.register({ name: 'missing_orders', help: missing }, (gauge, report) => {
      gauge.set(report?.missingOrders ?? NaN);
    });
  }

  onApplicationShutdown(): void {
    for (const [name, gauge] of this.gauges)
      if (register.getSingleMetric(name) === gauge) register.removeSingleMetric(name);
  }

  private register(settings: Settings, set: (gauge: Gauge, report: BooksReport | undefined) => void): void {
    const { name } = settings;
    const gauge: Gauge = new Gauge({
      ...settings,
      registers: [],
      collect: async () => {
        set(gauge, await this.report());
      },
    });
    // Another application in this process may have registered its own.
    register.removeSingleMetric(name);
    register.registerMetric(gauge);
    this.gauges.set(name, gauge);
  }

  /** Undefined where the database can't be read. */
  private async report(): Promise<BooksReport | undefined> {
    if (this.latest !== undefined && performance.now() - this.latest.readAt < MAX_AGE_MS)
      return this.latest.report;
    try {
      return await withTimeout(READ_TIMEOUT_MS, 'reading payment discrepancies', this.read());
    } catch (error) {
      log.debug({ err: error }, 'the gauges of payment discrepancies could not be read');
      return undefined;
    }
  }
}
