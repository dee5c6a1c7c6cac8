import type { Config } from '../../config/config.js';
import type { OrderTransitions } from '../../orders/transition-order.js';
import type { Database } from '../../platform/database/database.js';
import type { GatewayBooks } from '../gateway-books.js';
import type { PaymentGateway } from '../payment-gateway.js';
import { CheckPayments } from './check-payments.js';
import { CompareHints } from './compare-hints.js';
import { CompareList } from './compare-list.js';
import { CompareOpen } from './compare-open.js';
import { CompareWindows } from './compare-windows.js';
import { ReconcileSweep } from './reconcile-sweep.js';
import { RefundDiscrepancy } from './refund-discrepancy.js';
import { ReturnDoublePayment } from './return-double-payment.js';
import { ReturnMoney } from './return-money.js';

export interface ReconciliationParts {
  readonly database: Database;
  readonly transitions: OrderTransitions;
  readonly gateway: PaymentGateway;
  /** With pauses between its requests. */
  readonly books: GatewayBooks;
  readonly config: Pick<Config, 'payment' | 'reconcile'>;
}

/** What the relay's sweep is made of. */
export function buildReconcileSweep(parts: ReconciliationParts): ReconcileSweep {
  const { database, transitions, gateway, books, config } = parts;
  const checkPayments = new CheckPayments(database, books, transitions);
  const refund = new RefundDiscrepancy(database, gateway, books, transitions);
  const returnMoney = new ReturnMoney(refund, new ReturnDoublePayment(database, books, refund), config);
  return new ReconcileSweep(
    new CompareWindows(database, new CompareList(database, books, checkPayments), config),
    new CompareHints(database, books, checkPayments),
    new CompareOpen(database, books, checkPayments, (discrepancy) => returnMoney.run(discrepancy)),
    config,
  );
}
