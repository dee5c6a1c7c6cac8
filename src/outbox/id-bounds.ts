import type { OutboxIds } from './outbox.js';

/**
 * Where the relay's claims begin. Delivered messages leave dead entries in the index of the waiting ones until
 * PostgreSQL may clean up, which a long reader holds back; a claim that began at the first id would read all of
 * them each time.
 */
export interface IdBounds {
  /** Every message below this id is delivered, and none can appear there any more. */
  readonly fromId: bigint;
  /** The highest id that was given out when this candidate was chosen. */
  readonly candidateId: bigint;
  /** Its ids, and all below, were given to transactions before this one; undefined until the next look. */
  readonly settledBefore: bigint | undefined;
}

export const LOWEST_MARK: IdBounds = { fromId: 0n, candidateId: 0n, settledBefore: undefined };

/**
 * Moves the mark up by what a look from it has seen. A slow transaction may commit a low id late, so an id is
 * passed only when every transaction has ended that ran after it was given out. (Whoever writes a message has
 * written its order before, so that its transaction had a number when the message got its id.)
 */
export function raise(mark: IdBounds, seen: OutboxIds): IdBounds {
  const { fromId, candidateId, settledBefore } = mark;
  // The database was restored from an older state: ids are given out a second time.
  if (seen.highestGiven < candidateId) return LOWEST_MARK;
  // Only the look after the choice tells of all transactions which the candidate may have been given to.
  if (settledBefore === undefined) return { ...mark, settledBefore: seen.nextTransaction };
  if (seen.lowestRunning < settledBefore) return mark;
  const settled = candidateId + 1n;
  const waiting = seen.lowestWaiting ?? settled;
  return {
    fromId: [fromId, waiting < settled ? waiting : settled].reduce((a, b) => (a > b ? a : b)),
    candidateId: seen.highestGiven,
    settledBefore: undefined,
  };
}
