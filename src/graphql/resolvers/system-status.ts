import { Inject, Injectable } from '@nestjs/common';
import { PAYMENT_GATEWAY, type PaymentGateway } from '../../payments/payment-gateway.js';
import { withTimeout } from '../../platform/with-timeout.js';
import { DependencyChecks } from '../../http/health/dependency-checks.js';
import { log } from '../../platform/observability/logger.js';
import { singleFlight } from '../../platform/single-flight.js';
import { Backlog, type QueueBacklog, type StoredBacklog } from '../../queue/backlog.js';

export type DependencyState = 'UP' | 'DOWN';

export interface SystemStatusReport {
  readonly database: DependencyState;
  readonly redis: DependencyState;
  readonly paymentGateway: DependencyState;
  readonly outbox: Pick<StoredBacklog, 'pending' | 'oldestPendingAgeSeconds'> | null;
  readonly queue: QueueBacklog | null;
  readonly openDeadLetters: number | null;
}

/** The whole answer is due within 2 s; the rest is for the request around it. */
const PART_TIMEOUT_MS = 1_500;

/** Asks everything that the system needs, all at once, each under a deadline of its own. */
@Injectable()
export class SystemStatus {
  // Many operators may look at once, and one that hangs should be asked once only.
  private readonly stored: () => Promise<StoredBacklog>;
  private readonly queued: () => Promise<QueueBacklog>;
  private readonly paymentGateway: () => Promise<unknown>;

  constructor(
    private readonly checks: DependencyChecks,
    backlog: Backlog,
    @Inject(PAYMENT_GATEWAY) gateway: PaymentGateway,
  ) {
    this.stored = singleFlight(() => backlog.stored());
    this.queued = singleFlight(() => backlog.queued());
    this.paymentGateway = singleFlight(async () => {
      await gateway.ping(PART_TIMEOUT_MS);
      return true;
    });
  }

  /** Never throws. A large backlog may take too long to be counted while the database is well: it is null then. */
  async report(): Promise<SystemStatusReport> {
    const [database, redis, stored, queue, paymentGateway] = await Promise.all([
      this.checks.database(),
      this.checks.redis(),
      answer('database backlog', this.stored),
      answer('queue', this.queued),
      answer('payment gateway', this.paymentGateway),
    ]);
    return {
      database: stateOf(database.isUp),
      redis: stateOf(redis.isUp),
      paymentGateway: stateOf(paymentGateway !== null),
      outbox: stored,
      queue,
      openDeadLetters: stored?.openDeadLetters ?? null,
    };
  }
}

/** Null where there is none in time, or an error. */
async function answer<T>(what: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await withTimeout(PART_TIMEOUT_MS, `asking the ${what}`, ask());
  } catch (error) {
    log.debug({ err: error }, `the ${what} does not answer`);
    return null;
  }
}

function stateOf(isUp: boolean): DependencyState {
  return isUp ? 'UP' : 'DOWN';
}
