import type { Config } from '../../config/config.js';
import { log } from '../../platform/observability/logger.js';
import { type RefundDiscrepancy, RefundRefusedError } from './refund-discrepancy.js';
import { isAboutOnePayment } from './retrieve-payment.js';
import type { ReturnDoublePayment } from './return-double-payment.js';
import type { DueDiscrepancy } from './stored-discrepancies.js';

/** Finishes the refund of a discrepancy that was decided, and decides about second payments. */
export class ReturnMoney {
  constructor(
    private readonly refundDiscrepancy: RefundDiscrepancy,
    private readonly returnDoublePayment: ReturnDoublePayment,
    private readonly config: Pick<Config, 'reconcile'>,
  ) {}

  /** @throws GatewayUnavailableError where the gateway can't be reached, and what the database throws */
  async run(discrepancy: DueDiscrepancy): Promise<void> {
    const { id, paymentId, refundBy, refundReason } = discrepancy;
    try {
      if (refundBy !== null) await this.refundDiscrepancy.run({ id }, refundBy, refundReason ?? '');
      else if (this.config.reconcile.returnDoublePayments) await this.returnDoublePayment.run(discrepancy);
    } catch (error) {
      if (error instanceof RefundRefusedError)
        log.error({ paymentId, reason: error.reason }, 'the payment of a discrepancy can not be returned');
      else if (isAboutOnePayment(error))
        log.warn({ err: error, paymentId }, 'a payment could not be returned; it will be tried again');
      else throw error;
    }
  }
}
