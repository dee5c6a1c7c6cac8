/** What the customers have done so far, for the progress line. */
export class Counts {
  /** Orders to be made, each with its own key. */
  placed = 0;
  /** Orders that were acknowledged to their customer. */
  acknowledged = 0;
  /** Calls that must be refused: invalid, unavailable, another price, other input for a key. */
  wrong = 0;
  doubleClicks = 0;
  /** Calls that were left without a definite answer. */
  doubts = 0;
  retries = 0;
  cancels = 0;
  /** Acknowledged orders that were lost, and ordered again. */
  repeated = 0;
  /** Answers at the bank that were accepted. */
  authentications = 0;
  /** Failed payments that were paid again. */
  paidAgain = 0;
  reads = 0;
  /** First subscriptions to an order. */
  subscriptions = 0;
  /** Subscriptions that resumed a lost one. */
  resumed = 0;
  frames = 0;
  /** The operator's dead-letter commands. */
  decisions = 0;
}
