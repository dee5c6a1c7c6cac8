import type { OutboxIds } from './outbox.js';

/**
 * Where the relay's claims start. Delivered messages leave dead entries in the index of undelivered ones until
 * PostgreSQL can vacuum them, which a long-running reader prevents. A claim from the first id would read all of them
 * every time.
 */
export interface IdBounds {
  /** Every message below this id is delivered, and no message can commit below it any more. */
  readonly fromId: bigint;
  /** The next value for fromId, once settled: the highest id assigned when it was chosen. */
  readonly candidateId: bigint;
  /** Ids up to the candidate belong to transactions before this one; undefined until the next read. */
  readonly settledBefore: bigint | undefined;
}

export const INITIAL_ID_BOUNDS: IdBounds = { fromId: 0n, candidateId: 0n, settledBefore: undefined };

/**
 * Advances the bounds after a read from `bounds.fromId`. A slow transaction may commit a low id late, so an id is
 * passed only when every transaction that was running after its assignment has ended. (A message is written after its
 * order, so its transaction already had an id when the message got one.)
 */
export function advance(bounds: IdBounds, ids: OutboxIds): IdBounds {
  const { fromId, candidateId, settledBefore } = bounds;
  // The database was restored from an older state, and the sequence assigns ids again.
  if (ids.highestAssigned < candidateId) return INITIAL_ID_BOUNDS;
  // Only a read after the choice sees every transaction that may have written the candidate.
  if (settledBefore === undefined) return { ...bounds, settledBefore: ids.nextTransaction };
  if (ids.lowestRunning < settledBefore) return bounds;
  const settled = candidateId + 1n;
  const undelivered = ids.lowestUndelivered ?? settled;
  return {
    fromId: [fromId, undelivered < settled ? undelivered : settled].reduce((a, b) => (a > b ? a : b)),
    candidateId: ids.highestAssigned,
    settledBefore: undefined,
  };
}
