import type { Config } from '../config/config.js';
import type { OrderTransitions } from '../orders/transition-order.js';
import type { Database } from '../platform/database/database.js';
import { ChargeOrder } from './charge-order.js';
import { EarlierPayments } from './earlier-payments.js';
import { FailureHandler } from './failure-handler.js';
import type { GatewayBooks } from './gateway-books.js';
import type { PaymentGateway } from './payment-gateway.js';
import { PreparePayment } from './prepare-payment.js';
import { RefundOrder } from './refund-order.js';
import { RetryPolicy } from './retry-policy.js';
import type { RewindGuard } from './rewind/rewind-guard.js';
import { RunTask } from './run-task.js';

interface PaymentParts {
  readonly database: Database;
  readonly gateway: PaymentGateway;
  readonly books: GatewayBooks;
  readonly config: Config;
}

/** What charges and refunds are made of. */
export interface TaskParts extends PaymentParts {
  readonly transitions: OrderTransitions;
  readonly rewinds: Pick<RewindGuard, 'require'>;
}

export function buildPreparePayment(
  parts: PaymentParts & { readonly rewinds: Pick<RewindGuard, 'require'> },
): PreparePayment {
  return new PreparePayment(parts.database, parts.gateway, earlierPayments(parts), parts.rewinds);
}

export function buildChargeOrder(parts: TaskParts): ChargeOrder {
  const failures = failureHandler(parts);
  const { database, transitions, gateway, config } = parts;
  const run = runTask(parts, failures);
  return new ChargeOrder(database, transitions, failures, gateway, run, buildPreparePayment(parts), config);
}

export function buildRefundOrder(parts: TaskParts): RefundOrder {
  const failures = failureHandler(parts);
  const { database, transitions, gateway, rewinds, config } = parts;
  const run = runTask(parts, failures);
  const earlier = earlierPayments(parts);
  return new RefundOrder(database, transitions, failures, gateway, run, earlier, rewinds, config);
}

function earlierPayments({ database, gateway, books, config }: PaymentParts): EarlierPayments {
  return new EarlierPayments(database, gateway, books, config);
}

function failureHandler({ transitions, gateway, config }: TaskParts): FailureHandler {
  return new FailureHandler(transitions, gateway, new RetryPolicy(config.payment));
}

function runTask({ database, transitions, config }: TaskParts, failures: FailureHandler): RunTask {
  return new RunTask(database, transitions, new RetryPolicy(config.payment), failures, config);
}
