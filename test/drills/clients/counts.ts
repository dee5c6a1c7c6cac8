/** What the customers have done so far, for the line that shows progress. */
export class Counts {
  /** Orders that are meant to be made, each with a key of its own. */
  placed = 0;
  /** Those of which the customer knows that they are stored. */
  acknowledged = 0;
  /** Calls that must be refused: invalid, unavailable, another price, a key's other input. */
  wrong = 0;
  doubleClicks = 0;
  /** Calls that were left without a definite answer. */
  doubts = 0;
  retries = 0;
  cancels = 0;
  reads = 0;
  /** First subscriptions to an order. */
  subscriptions = 0;
  /** Subscriptions that went on after one that was lost. */
  resumed = 0;
  frames = 0;
  /** What the operator decided about dead letters. */
  decisions = 0;
}
