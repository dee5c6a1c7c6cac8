import type { Database } from '../../platform/database/database.js';
import type { BookedPayment, GatewayBooks } from '../gateway-books.js';
import type { CheckPayments } from './check-payments.js';
import { dropHints, type Hint, oldestHints } from './hints.js';
import { retrievePayment } from './retrieve-payment.js';

/** A few seconds of requests. */
export const MAX_HINTS = 10;

/** Compares the payments that webhooks and workers have noted, oldest first. */
export class CompareHints {
  constructor(
    private readonly database: Database,
    private readonly books: GatewayBooks,
    private readonly checkPayments: CheckPayments,
  ) {}

  /**
   * One bounded batch.
   * @returns how many
   * @throws GatewayUnavailableError, and what the database throws; the hints stay then
   */
  async runOnce(): Promise<number> {
    const hints = await oldestHints(this.database, MAX_HINTS);
    const payments: BookedPayment[] = [];
    const done: Hint[] = [];
    for (const hint of hints) {
      const payment = await retrievePayment(this.database, this.books, hint.paymentId);
      if (payment === undefined) continue;
      done.push(hint);
      if (payment.status !== 'unknown') payments.push(payment);
    }
    await this.checkPayments.run(payments);
    if (done.length > 0) await dropHints(this.database, done);
    return hints.length;
  }
}
