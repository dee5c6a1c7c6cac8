import type { Difference } from './compare-payment.js';
import { storable } from './discrepancy.js';
import type { StoredDiscrepancy } from './stored-discrepancies.js';

/** What a payment's comparison changes of what is stored about it. */
export interface DiscrepancyChanges {
  /** To be stored. */
  readonly added: readonly Difference[];
  /** Open ones with another amount, in other words, or of an order that has taken the payment over. */
  readonly changed: readonly Difference[];
  /** Open ones that are no difference any more. What is claimed for a refund is closed by the refund. */
  readonly gone: readonly StoredDiscrepancy[];
}

/** A difference that an operator has accepted is left out until its amount changes. */
export function changesOf(
  differences: readonly Difference[],
  stored: readonly StoredDiscrepancy[],
): DiscrepancyChanges {
  const added: Difference[] = [];
  const changed: Difference[] = [];
  for (const difference of differences) {
    const same = stored.filter(({ kind }) => kind === difference.kind);
    const open = same.find(({ isOpen }) => isOpen);
    if (open !== undefined) {
      if (!isSame(open, difference)) changed.push(difference);
    } else if (!same.some((accepted) => isFound(accepted, difference))) added.push(difference);
  }
  const gone = stored.filter(
    ({ kind, isOpen, isClaimed }) =>
      isOpen && !isClaimed && !differences.some((difference) => difference.kind === kind),
  );
  return { added, changed, gone };
}

function isSame(open: StoredDiscrepancy, difference: Difference): boolean {
  const { detail, order } = difference;
  return isFound(open, difference) && open.detail === detail && open.orderId === (order?.id ?? null);
}

function isFound({ foundAmount, foundCurrency }: StoredDiscrepancy, { found }: Difference): boolean {
  const { amount, currency } = storable(found);
  return amount === foundAmount && currency === foundCurrency;
}
