/** Each conflict means that the order moved, and an order changes its status fewer times than this. */
const MAX_CONFLICTS = 20;

/** The order moved between each decision and its write. Nothing was changed; try again later. */
export class TooManyConflictsError extends Error {
  constructor(what: string, conflicts: number) {
    super(`the order changed ${conflicts} times while ${what}`);
    this.name = 'TooManyConflictsError';
  }
}

/**
 * Reads, decides and writes again until no concurrent change gets in between.
 * @param what for the error message, such as "cancelling it"
 * @param attempt undefined where the order moved on before its write
 * @throws TooManyConflictsError, and what `attempt` throws
 */
export async function retryOnConflict<T>(
  what: string,
  attempt: () => Promise<T | undefined>,
  maxConflicts = MAX_CONFLICTS,
): Promise<T> {
  for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new TooManyConflictsError(what, maxConflicts);
}
