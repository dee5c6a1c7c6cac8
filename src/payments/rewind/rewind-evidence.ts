import type { DatabaseHistory } from './database-history.js';

/**
 * Compares what PostgreSQL says about its history with what was seen of it before.
 * @returns one clause that says why commits may be lost; undefined where the history has only gone on
 */
export function rewindEvidence(seen: DatabaseHistory, now: DatabaseHistory): string | undefined {
  if (now.systemIdentifier !== seen.systemIdentifier) return 'it is another database cluster than before';
  const older = olderBeat(seen.beat, now);
  if (older !== undefined) return older;
  if (now.beat === seen.beat && now.token !== seen.token)
    return `its beat ${now.beat} is another than the one seen before`;
  if (now.timeline !== seen.timeline) return `it is on timeline ${now.timeline}, and was on ${seen.timeline}`;
  if (now.outboxId < seen.outboxId)
    return `its newest outbox id is ${now.outboxId}, and ${seen.outboxId} was seen before`;
  return undefined;
}

/** The same for a beat of which nothing else is known. */
export function olderBeat(seenBeat: number, { beat }: DatabaseHistory): string | undefined {
  return beat < seenBeat ? `its newest beat is ${beat}, and ${seenBeat} was seen before` : undefined;
}
