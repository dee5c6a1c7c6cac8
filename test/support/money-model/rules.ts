/**
 * The rules that keep the money safe. A test switches each off, to see that the model finds the fault.
 */
export interface Rules {
  /** The gateway's idempotency keys are derived from the order key, so that a lost row asks under the same ones. */
  readonly derivesKeys: boolean;
  /** A run without a stored PaymentIntent looks for an earlier one where commits may be lost, or the key was used. */
  readonly searches: boolean;
  /** A search counts only when the gateway has indexed what was there when commits were lost. */
  readonly waitsForIndex: boolean;
  /** The others of the order key are cancelled before one is adopted. */
  readonly cancelsOthers: boolean;
  /** Only a stored PaymentIntent is confirmed. */
  readonly storesBeforeConfirm: boolean;
  /** Money that was returned does not count as paid, whatever the PaymentIntent's status. */
  readonly looksUpReturns: boolean;
  /** An outcome is stored only where the status is the one that the run began with. */
  readonly comparesStatus: boolean;
  /** An outcome is stored only where the row has the PaymentIntent that it is about. */
  readonly comparesIntent: boolean;
  /** That goes for failures as well. */
  readonly comparesFailures: boolean;
  /** And for a refund that owes nothing: the row has no PaymentIntent still. */
  readonly comparesNone: boolean;
  /** An order whose payment was refused, but which was not told so, uses up its attempts. */
  readonly closedUsesUp: boolean;
  /** A discard check cancels the PaymentIntent at the gateway. */
  readonly discardCancels: boolean;
  /** A discard check creates no PaymentIntent where an earlier one may exist. */
  readonly discardSearches: boolean;
  /** A refund looks up what was returned, and asks under a derived key. */
  readonly looksUpRefunds: boolean;
  /** An orphan is refunded under the same key as by its order. */
  readonly sharesRefundKey: boolean;
  /** A PaymentIntent whose money an operator has returned is not adopted. */
  readonly refusesReturned: boolean;
  /** Unless the bank has sent the money back. */
  readonly adoptsBounced: boolean;
  /** A sweep that stores a PaymentIntent on a PENDING order starts its payment, so that a cancellation returns it. */
  readonly attachStarts: boolean;
  /** An earlier PaymentIntent is not adopted by a PENDING order, whose cancellation would not return it. */
  readonly adoptsOnlyStarted: boolean;
  /** When the customer's time is up, the PaymentIntent is cancelled at the gateway, and what the gateway says counts. */
  readonly cancelsOverdue: boolean;
  /** The customer's time is limited. */
  readonly limitsTime: boolean;
  /** A declined PaymentIntent is cancelled, so that the customer's browser can't pay it by another card. */
  readonly cancelsDeclined: boolean;
  /** Where the customer says that it is done, the gateway is asked. */
  readonly asksGateway: boolean;
  /** The PaymentIntent that has failed is cancelled before an order that is paid again gets another one. */
  readonly cancelsPrevious: boolean;
  /** The charge of an order that is paid again first looks for a lost PaymentIntent. */
  readonly chargeSearchesFirst: boolean;
  /** The refund of an order that is paid again first looks for a lost PaymentIntent. */
  readonly refundSearchesFirst: boolean;
  /** A sweep stores no PaymentIntent on an order that does not hold money. */
  readonly attachesOnlyTaken: boolean;
  /** The sweep of a gap lists a PaymentIntent that no order has stored also where it has not succeeded yet. */
  readonly listsUnconfirmed: boolean;
  /** The sweep of a gap lists a PaymentIntent that no order has stored also where its money was returned. */
  readonly listsReturned: boolean;
  /** Both also where the order that it names is stored, without it. */
  readonly listsBesideOrder: boolean;
}

export const SOUND: Rules = {
  derivesKeys: true,
  searches: true,
  waitsForIndex: true,
  cancelsOthers: true,
  storesBeforeConfirm: true,
  looksUpReturns: true,
  comparesStatus: true,
  comparesIntent: true,
  comparesFailures: true,
  comparesNone: true,
  closedUsesUp: true,
  discardCancels: true,
  discardSearches: true,
  looksUpRefunds: true,
  sharesRefundKey: true,
  refusesReturned: true,
  adoptsBounced: true,
  attachStarts: true,
  adoptsOnlyStarted: true,
  cancelsOverdue: true,
  limitsTime: true,
  cancelsDeclined: true,
  asksGateway: true,
  cancelsPrevious: true,
  chargeSearchesFirst: true,
  refundSearchesFirst: true,
  attachesOnlyTaken: true,
  listsUnconfirmed: true,
  listsReturned: true,
  listsBesideOrder: true,
};
