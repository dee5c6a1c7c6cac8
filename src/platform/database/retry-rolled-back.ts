import { setTimeout as delay } from 'node:timers/promises';
import { isRolledBack } from './database-errors.js';

/** Whoever loses against others so often meets more than bad luck. */
const MOST_ATTEMPTS = 4;
/** The first pause's ceiling; transactions take milliseconds, and with each attempt there is more to step out of. */
const PAUSE_MS = 20;

/**
 * Runs `work` again where PostgreSQL rolled it back in a conflict with others: nothing of it has happened then,
 * so this is safe for any work, if it is all of a transaction and does nothing outside of it.
 * @throws what the work throws, and the last conflict
 */
export async function retryRolledBack<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MOST_ATTEMPTS || !isRolledBack(error)) throw error;
      // Spread out, so that those who met don't meet again.
      await delay(Math.random() * PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}
