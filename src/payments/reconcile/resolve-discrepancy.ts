import { Injectable } from '@nestjs/common';
import { auditEntry } from '../../audit/audit-entry.js';
import { retryOnConflict } from '../../orders/retry-on-conflict.js';
import { DeadlineExceededError, withTimeout } from '../../platform/with-timeout.js';
import { GatewayUnavailableError } from '../payment-gateway.js';
import { AcceptDiscrepancy } from './accept-discrepancy.js';
import { type Decision, type DiscrepancyAction, RESOLVE_DISCREPANCY } from './decision.js';
import { type DiscrepancyCase, DiscrepancyQueries, type PaymentDiscrepancy } from './discrepancy-queries.js';
import { RefundDiscrepancy, type RefundOutcome, RefundRefusedError } from './refund-discrepancy.js';
import { NO_MONEY_HELD, PAY_OTHERWISE, whyNotRefundable } from './refundable.js';

export type ResolveOutcome =
  | { readonly kind: 'decided'; readonly discrepancy: PaymentDiscrepancy }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-open' | 'not-refundable'; readonly why: string };

/** An operator is waiting. The refund goes on after this time, and the same call again tells what became of it. */
const REFUND_TIMEOUT_MS = 10_000;

/** Another operator has decided so, or reconciliation. */
const REFUND_UNDER_WAY = 'The money is being returned already; this is closed when it is back.';

/** Settles payment discrepancies as operators decide. */
@Injectable()
export class ResolveDiscrepancy {
  constructor(
    private readonly discrepancies: DiscrepancyQueries,
    private readonly acceptance: AcceptDiscrepancy,
    private readonly refunds: RefundDiscrepancy,
  ) {}

  /**
   * @throws what the database throws, GatewayUnavailableError, and TooManyConflictsError; the same call again settles it
   */
  async run(action: DiscrepancyAction, decision: Decision): Promise<ResolveOutcome> {
    return action === 'REFUND' ? this.refund(decision) : this.accept(decision);
  }

  private async accept(decision: Decision): Promise<ResolveOutcome> {
    return retryOnConflict<ResolveOutcome>('accepting its payment discrepancy', async () => {
      const found = await this.discrepancies.caseOf(decision.id);
      if (found?.state !== 'OPEN' || found.refundBy !== null) return notOpen(found);
      return (await this.acceptance.run(found, decision)) ? this.decided(decision.id) : undefined;
    });
  }

  private async refund({ id, by, reason }: Decision): Promise<ResolveOutcome> {
    const found = await this.discrepancies.caseOf(id);
    if (found?.state !== 'OPEN') return notOpen(found);
    const why = whyNotRefundable(found);
    if (why !== undefined) return { kind: 'not-refundable', why };
    const detail = `REFUND was decided for the ${found.kind} of payment ${found.gatewayPaymentId}.`;
    const entry = auditEntry({ actor: by, action: RESOLVE_DISCREPANCY, target: id, reason, detail });
    try {
      return await this.refunded(id, await inTime(this.refunds.run(found, by, reason, [entry])));
    } catch (error) {
      if (!(error instanceof RefundRefusedError)) throw error;
      return { kind: 'not-refundable', why: `${error.reason} ${PAY_OTHERWISE}` };
    }
  }

  private async refunded(id: string, outcome: RefundOutcome): Promise<ResolveOutcome> {
    switch (outcome) {
      case 'returned':
      case 'pending':
        return this.decided(id);
      case 'not-open': {
        const found = await this.discrepancies.caseOf(id);
        // An order may have taken the payment over just now.
        const why = found?.state === 'OPEN' && found.refundBy === null ? whyNotRefundable(found) : undefined;
        return why === undefined ? notOpen(found) : { kind: 'not-refundable', why };
      }
      case 'nothing-held': {
        // Another operator's refund may have come first.
        const found = await this.discrepancies.caseOf(id);
        const isUndecided = found?.state === 'OPEN' && found.refundBy === null;
        return isUndecided ? { kind: 'not-refundable', why: NO_MONEY_HELD } : notOpen(found);
      }
    }
  }

  private async decided(id: string): Promise<ResolveOutcome> {
    return { kind: 'decided', discrepancy: await this.discrepancies.byId(id) };
  }
}

/** Closed, or claimed for a refund. */
function notOpen(found: DiscrepancyCase | undefined): ResolveOutcome {
  if (found === undefined) return { kind: 'not-found' };
  const why =
    found.state === 'OPEN' ? REFUND_UNDER_WAY : `The payment discrepancy is ${found.state} already.`;
  return { kind: 'not-open', why };
}

/** @throws GatewayUnavailableError where it takes too long */
async function inTime<T>(refund: Promise<T>): Promise<T> {
  try {
    return await withTimeout(REFUND_TIMEOUT_MS, 'returning the money', refund);
  } catch (error) {
    if (!(error instanceof DeadlineExceededError)) throw error;
    throw new GatewayUnavailableError('the payment gateway took too long', { cause: error });
  }
}
