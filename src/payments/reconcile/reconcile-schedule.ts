import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { OrderTransitions } from '../../orders/transition-order.js';
import { Database } from '../../platform/database/database.js';
import { SweepSchedule } from '../../platform/sweep-schedule.js';
import { GATEWAY_BOOKS, type GatewayBooks } from '../gateway-books.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from '../payment-gateway.js';
import { buildReconcileSweep } from './build-reconciliation.js';
import { PacedBooks } from './paced-books.js';

/** Arbitrary. Not recovery's: a slow gateway must not hold up recovery. */
const RECONCILE_LOCK_ID = 815_204_734;

/**
 * Runs reconciliation. It looks for work as often as recovery does, so that hints and a gap don't wait for the interval
 * at which the lists are read.
 */
@Injectable()
export class ReconcileSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly books: PacedBooks;
  private readonly schedule: SweepSchedule;

  constructor(
    registry: SchedulerRegistry,
    database: Database,
    transitions: OrderTransitions,
    @Inject(PAYMENT_GATEWAY) gateway: PaymentGateway,
    @Inject(GATEWAY_BOOKS) books: GatewayBooks,
    @Inject(CONFIG) config: Pick<Config, 'payment' | 'recovery' | 'reconcile'>,
  ) {
    this.books = new PacedBooks(books);
    const sweep = buildReconcileSweep({ database, transitions, gateway, books: this.books, config });
    this.schedule = new SweepSchedule(
      registry,
      database,
      {
        name: 'reconciliation',
        lockId: RECONCILE_LOCK_ID,
        intervalMs: config.recovery.intervalMs,
        isMoreDue: ({ more = 0 }) => more > 0,
      },
      [sweep],
    );
  }

  onApplicationBootstrap(): void {
    this.schedule.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.books.stop();
    await this.schedule.stop();
  }
}
