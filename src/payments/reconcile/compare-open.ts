import type { Database } from '../../platform/database/database.js';
import type { GatewayBooks } from '../gateway-books.js';
import type { CheckPayments } from './check-payments.js';
import { retrievePayment } from './retrieve-payment.js';
import { type DueDiscrepancy, takeDueDiscrepancies } from './stored-discrepancies.js';

/** A few seconds of requests. */
export const MAX_OPEN = 5;

/** Compares open discrepancies again, so that what is gone is closed. */
export class CompareOpen {
  /** @param act what is done about each afterwards */
  constructor(
    private readonly database: Database,
    private readonly books: GatewayBooks,
    private readonly checkPayments: CheckPayments,
    private readonly act: (discrepancy: DueDiscrepancy) => Promise<void> = async () => undefined,
  ) {}

  /**
   * One bounded batch of those that were not compared for `ageMs`.
   * @returns how many
   * @throws GatewayUnavailableError, and what the database throws
   */
  async runOnce(ageMs: number): Promise<number> {
    const due = await takeDueDiscrepancies(this.database, { limit: MAX_OPEN, ageMs });
    for (const discrepancy of due) {
      const payment = await retrievePayment(this.database, this.books, discrepancy.paymentId);
      if (payment === undefined || payment.status === 'unknown') continue;
      await this.checkPayments.run([payment]);
      await this.act(discrepancy);
    }
    return due.length;
  }
}
