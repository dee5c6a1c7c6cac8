/**
 * The statements of the system that write about an order. (Housekeeping that removes old rows
 * writes as well, but a cut there would test nothing.)
 */
const NAMES = [
  'create-orders',
  'claim-messages',
  'mark-delivered',
  'release-messages',
  'begin-charge-attempt',
  'begin-refund-attempt',
  'store-payment-intent',
  'adopt-payment',
  'begin-generation',
  'close-payment',
  'replace-charge-key',
  'replace-refund-key',
  'pause-refund',
  'pause-action',
  'look-at-action',
  'recover-orders',
  'remove-unknown-message',
];
/** Prisma's own statements are prepared without a name, just before they run. */
const VERBS = ['INSERT ', 'UPDATE ', 'DELETE '];

/**
 * Their form in the protocol's messages: Bind has the portal's empty name, then the statement's, each with
 * a zero after it; Parse has the same with the text. The names of a transition and of a webhook event continue with
 * their other writes.
 */
const MARKS = [
  ...NAMES.map((name) => `\0${name}\0`),
  '\0transition-order',
  '\0store-webhook-event',
  ...VERBS.map((verb) => `\0${verb}`),
  'COMMIT\0',
].map((mark) => Buffer.from(mark));

/** The last message of every answer: type, length, and whether a transaction is open. It comes after the commit. */
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5]);
const READY_LENGTH = READY_FOR_QUERY.length + 1;

/** Whether a client's chunk runs a writing statement. */
export function isWriting(chunk: Buffer): boolean {
  return MARKS.some((mark) => chunk.includes(mark));
}

/** Detects the end of an answer in its chunks. */
export class AnswerEnd {
  private tail = Buffer.alloc(0);

  /** Whether this chunk is the answer's last one. */
  isEnd(chunk: Buffer): boolean {
    this.tail = Buffer.concat([this.tail, chunk.subarray(-READY_LENGTH)]).subarray(-READY_LENGTH);
    return this.tail.length === READY_LENGTH && this.tail.subarray(0, -1).equals(READY_FOR_QUERY);
  }
}
