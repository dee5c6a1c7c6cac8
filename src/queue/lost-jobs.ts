import { ErrorCode, type Queue } from 'bullmq';
import { log } from '../platform/observability/logger.js';
import type { PaymentJob } from './payment-queue.js';

/** A batch of jobs costs Redis a millisecond, a list of 100,000 waiting ones 20 times that; so it is read this seldom. */
const LIST_AGE_MS = 10_000;
/** About 50 MB of ids. Behind a longer list nobody looks for leftovers, which wait until it is shorter. */
const LONGEST_LIST = 500_000;
/** Of these Redis reads so many at a time, which takes it about a millisecond. */
const LIST_PART = 10_000;

/** What can be said of each job without reading a list. In one script: one round trip, at one moment. */
const PLACES_COMMAND = 'orders:places-of-jobs';
const PLACES_SCRIPT = `
  local places = {}
  for index, id in ipairs(ARGV) do
    if redis.call('EXISTS', KEYS[1] .. id) == 0 then places[index] = 'absent'
    elseif redis.call('ZSCORE', KEYS[1] .. 'delayed', id) then places[index] = 'delayed'
    else places[index] = 'present' end
  end
  return {redis.call('LLEN', KEYS[1] .. 'wait'), places}`;

type Place = 'absent' | 'delayed' | 'present';

/** Finds out what became of jobs that should have run by now. */
export class LostJobs {
  private waiting: ReadonlySet<string> = new Set();
  private readAt = -Infinity;

  constructor(private readonly queue: Queue<PaymentJob>) {}

  /**
   * Answers with those of the jobs that nothing will run any more, and whose ids are free, so that they can be
   * added again. What waits or runs is left alone. Two kinds of jobs are helped on:
   * - One that is delayed still was given its time by a clock that is wrong; it runs now.
   * - One whose id is taken and which is in no list of the queue, since Redis lost a part of its keys, would keep
   *   itself out of the queue for good; it is removed.
   *
   * @throws where Redis can't be asked
   */
  async find(jobIds: readonly string[], now = performance.now()): Promise<ReadonlySet<string>> {
    const { places, listLength } = await this.placesOf(jobIds);
    const inPlace = (place: Place) => jobIds.filter((_, index) => places[index] === place);
    const unlisted = await this.unlisted(inPlace('present'), listLength, now);
    await Promise.all(inPlace('delayed').map((id) => this.promote(id)));
    const removed = await Promise.all(unlisted.map((id) => this.removeLeftover(id)));
    return new Set([...inPlace('absent'), ...unlisted.filter((_, index) => removed[index])]);
  }

  private async placesOf(
    jobIds: readonly string[],
  ): Promise<{ listLength: number; places: readonly Place[] }> {
    const client = await this.queue.getBackend().client;
    // Told again each time: it costs nothing, and a connection needs no state of its own.
    client.defineCommand(PLACES_COMMAND, { numberOfKeys: 1, lua: PLACES_SCRIPT });
    const answer = (await client.runCommand(PLACES_COMMAND, [this.queue.toKey(''), ...jobIds])) as [
      number,
      Place[],
    ];
    return { listLength: answer[0], places: answer[1] };
  }

  /** Those that didn't wait when the list was read. Only a hint, which saves a search through the list for each job. */
  private async unlisted(ids: readonly string[], listLength: number, now: number): Promise<string[]> {
    if (ids.length === 0 || listLength > LONGEST_LIST) return [];
    if (now - this.readAt > LIST_AGE_MS) {
      this.waiting = await this.readList(listLength);
      this.readAt = now;
    }
    return ids.filter((id) => !this.waiting.has(id));
  }

  /** From the end where jobs leave: what moves meanwhile is overlooked at most. */
  private async readList(length: number): Promise<Set<string>> {
    const client = await this.queue.getBackend().client;
    const ids = new Set<string>();
    for (let end = -1; end >= -length; end -= LIST_PART) {
      const part = await client.lrange(this.queue.toKey('wait'), end - LIST_PART + 1, end);
      for (const id of part) ids.add(id);
    }
    return ids;
  }

  private async promote(jobId: string): Promise<void> {
    try {
      await this.queue.getBackend().promote(jobId);
      log.warn({ jobId }, 'a job was overdue, by a clock that is wrong; it runs now');
    } catch (error) {
      // It has left the delayed ones by itself meanwhile.
      if ((error as { code?: unknown }).code !== ErrorCode.JobNotInState) throw error;
    }
  }

  /** Whether the id is free now. */
  private async removeLeftover(jobId: string): Promise<boolean> {
    const state = await this.queue.getJobState(jobId);
    if (state !== 'unknown' && state !== 'completed' && state !== 'failed') return false;
    // Whoever still works on it holds its lock, and then it stays.
    if ((await this.queue.remove(jobId)) === 0) return false;
    log.warn({ jobId, state }, 'a job was left over, and in no list of the queue; it was removed');
    return true;
  }
}
