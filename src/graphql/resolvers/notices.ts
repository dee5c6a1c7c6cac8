import type { BooksReport } from '../../payments/reconcile/books-status.js';

const COMPARING =
  'payments since then are being compared with the gateway, and until that is done a charge first looks for an ' +
  'earlier payment of its order';
const WHERE_TO_LOOK = 'docs/operations.md says what to do, under "Missing orders".';

/** What is unusual about payments and stored orders, and what is being done about it: one sentence each. */
export function noticesOf({ gap, missingOrders: missing }: BooksReport): string[] {
  const notices: string[] = [];
  if (gap !== null) {
    const since = gap.from.toISOString().replace(/\.\d+Z$/, 'Z');
    const why = gap.reason === null ? '' : ` (${gap.reason})`;
    notices.push(`PostgreSQL may have lost what it committed since ${since}${why}; ${COMPARING}.`);
  }
  if (missing > 0) {
    const orders = missing === 1 ? '1 order is' : `${missing} orders are`;
    notices.push(`${orders} named by jobs or payments, but not stored; ${WHERE_TO_LOOK}`);
  }
  return notices;
}
