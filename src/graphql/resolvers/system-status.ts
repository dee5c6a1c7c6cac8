import { Inject, Injectable } from '@nestjs/common';
import { PAYMENT_GATEWAY, type PaymentGateway } from '../../payments/payment-gateway.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { DependencyChecks } from '../../http/health/dependency-checks.js';
import { log } from '../../platform/observability/logger.js';
import { singleFlight } from '../../platform/single-flight.js';
import { type BooksReport, BooksStatus, openIn } from '../../payments/reconcile/books-status.js';
import { noticesOf } from './notices.js';
import { Backlog, type QueueBacklog, type StoredBacklog } from '../../queue/backlog.js';

export type DependencyState = 'UP' | 'DOWN';

export interface SystemStatusReport {
  readonly database: DependencyState;
  readonly redis: DependencyState;
  readonly paymentGateway: DependencyState;
  readonly outbox: Pick<StoredBacklog, 'pending' | 'oldestPendingAgeSeconds'> | null;
  readonly queue: QueueBacklog | null;
  readonly openDeadLetters: number | null;
  readonly openPaymentDiscrepancies: number | null;
  readonly missingOrders: number | null;
  readonly notices: readonly string[];
}

/** The API promises an answer within 2 s; the rest is for the request itself. */
const PART_TIMEOUT_MS = 1_500;

/** Checks all dependencies in parallel, each with its own timeout. */
@Injectable()
export class SystemStatus {
  // Single flights: many operators may ask at once, and a dependency that hangs should get one call.
  private readonly stored: () => Promise<StoredBacklog>;
  private readonly queued: () => Promise<QueueBacklog>;
  private readonly books: () => Promise<BooksReport>;
  private readonly paymentGateway: () => Promise<unknown>;

  constructor(
    private readonly checks: DependencyChecks,
    backlog: Backlog,
    booksStatus: BooksStatus,
    @Inject(PAYMENT_GATEWAY) gateway: PaymentGateway,
  ) {
    this.stored = singleFlight(() => backlog.stored());
    this.queued = singleFlight(() => backlog.queued());
    this.books = singleFlight(() => booksStatus.read());
    this.paymentGateway = singleFlight(async () => {
      await gateway.ping(PART_TIMEOUT_MS);
      return true;
    });
  }

  /** Never throws. A large backlog can take too long to count while the database is up: it is null then. */
  async report(): Promise<SystemStatusReport> {
    const [database, redis, stored, queue, books, paymentGateway] = await Promise.all([
      this.checks.database(),
      this.checks.redis(),
      nullOnFailure('the outbox backlog', this.stored),
      nullOnFailure('the queue backlog', this.queued),
      nullOnFailure('the payment discrepancies', this.books),
      nullOnFailure('the payment gateway', this.paymentGateway),
    ]);
    return {
      database: stateOf(database.isUp),
      redis: stateOf(redis.isUp),
      paymentGateway: stateOf(paymentGateway !== null),
      outbox: stored,
      queue,
      openDeadLetters: stored?.openDeadLetters ?? null,
      openPaymentDiscrepancies: books === null ? null : openIn(books),
      missingOrders: books?.missingOrders ?? null,
      notices: books === null ? [] : noticesOf(books),
    };
  }
}

/** Null after an error or a timeout. */
async function nullOnFailure<T>(what: string, check: () => Promise<T>): Promise<T | null> {
  try {
    return await withTimeout(PART_TIMEOUT_MS, `checking ${what}`, check());
  } catch (error) {
    log.debug({ err: error }, `checking ${what} failed`);
    return null;
  }
}

function stateOf(isUp: boolean): DependencyState {
  return isUp ? 'UP' : 'DOWN';
}
