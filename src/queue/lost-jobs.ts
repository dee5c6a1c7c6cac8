import { ErrorCode, type Queue } from 'bullmq';
import { log } from '../platform/observability/logger.js';
import type { PaymentJob } from './payment-queue.js';

/** Reading a list of 100,000 waiting jobs costs Redis 20 ms, so a copy is used for this long. */
const MAX_LIST_AGE_MS = 10_000;
/** About 50 MB of ids. While the list is longer, leftover jobs are not looked for. */
const MAX_LIST_LENGTH = 500_000;
/** Redis reads this many in about a millisecond. */
const LIST_CHUNK_LENGTH = 10_000;

/** Where each job is, as far as that can be told without reading a list. A script: one round trip, one moment. */
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

/** Finds jobs that should have run by now and that Redis has lost. */
export class LostJobs {
  private waitingIds: ReadonlySet<string> = new Set();
  private readAt = -Infinity;

  constructor(private readonly queue: Queue<PaymentJob>) {}

  /**
   * Leaves waiting and active jobs alone, and repairs two cases:
   * - A job that is still delayed got its time from a wrong clock. It is promoted.
   * - A job whose key exists but which is in no list of the queue, since Redis lost some of its keys, would block its
   *   id forever. It is removed.
   *
   * @returns the ids of jobs that nothing will run any more; they can be added again
   * @throws what Redis throws
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
    // Defining it again each time costs nothing, and saves keeping track of connections.
    client.defineCommand(PLACES_COMMAND, { numberOfKeys: 1, lua: PLACES_SCRIPT });
    const reply = (await client.runCommand(PLACES_COMMAND, [this.queue.toKey(''), ...jobIds])) as [
      number,
      Place[],
    ];
    return { listLength: reply[0], places: reply[1] };
  }

  /** The ids that were not in the wait list when it was last read. Only a hint: it saves checking each job's state. */
  private async unlisted(ids: readonly string[], listLength: number, now: number): Promise<string[]> {
    if (ids.length === 0 || listLength > MAX_LIST_LENGTH) return [];
    if (now - this.readAt > MAX_LIST_AGE_MS) {
      this.waitingIds = await this.readList(listLength);
      this.readAt = now;
    }
    return ids.filter((id) => !this.waitingIds.has(id));
  }

  /** Starts at the end where jobs leave, so that jobs that move meanwhile are at worst missed. */
  private async readList(length: number): Promise<Set<string>> {
    const client = await this.queue.getBackend().client;
    const ids = new Set<string>();
    for (let end = -1; end >= -length; end -= LIST_CHUNK_LENGTH) {
      const chunk = await client.lrange(this.queue.toKey('wait'), end - LIST_CHUNK_LENGTH + 1, end);
      for (const id of chunk) ids.add(id);
    }
    return ids;
  }

  private async promote(jobId: string): Promise<void> {
    try {
      await this.queue.getBackend().promote(jobId);
      log.warn({ jobId }, 'a delayed job was overdue (a wrong clock?); it runs now');
    } catch (error) {
      // It is no longer delayed.
      if ((error as { code?: unknown }).code !== ErrorCode.JobNotInState) throw error;
    }
  }

  /** @returns whether the id is free now */
  private async removeLeftover(jobId: string): Promise<boolean> {
    const state = await this.queue.getJobState(jobId);
    if (state !== 'unknown' && state !== 'completed' && state !== 'failed') return false;
    // A worker that still runs it holds its lock, and then it is not removed.
    if ((await this.queue.remove(jobId)) === 0) return false;
    log.warn({ jobId, state }, 'removed a leftover job that was in no list of the queue');
    return true;
  }
}
