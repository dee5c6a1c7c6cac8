import { setTimeout as delay } from 'node:timers/promises';
import { isRolledBack } from './database-errors.js';

/** More conflicts in a row than this are not bad luck. */
const MAX_ATTEMPTS = 4;
/** The first pause's maximum, which doubles with each attempt. Transactions take milliseconds. */
const MAX_FIRST_PAUSE_MS = 20;

/**
 * Runs `work` again where PostgreSQL rolled it back because of a deadlock or a serialization failure. Safe where `work`
 * is one whole transaction and has no other effects.
 * @throws what the work throws, the last conflict included
 */
export async function retryRolledBack<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isRolledBack(error)) throw error;
      // With jitter, so that the transactions don't conflict again.
      await delay(Math.random() * MAX_FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}
