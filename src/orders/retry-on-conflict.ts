/** Each lost race means that the order took a step, and it takes only so many. */
const MAX_RACES = 20;

/** The order took a step each time that another one was decided on. Nothing was changed; try again later. */
export class TooManyConflictsError extends Error {
  constructor(what: string, races: number) {
    super(`the order moved on ${races} times while ${what}`);
    this.name = 'OrderKeepsMovingError';
  }
}

/**
 * Decides by what stands, and does so again where someone else was faster (undefined).
 * @param what for the error: "it was to be cancelled"
 * @throws OrderKeepsMovingError, and what `decide` throws
 */
export async function retryOnConflict<T>(
  what: string,
  decide: () => Promise<T | undefined>,
  racesAtMost = MAX_RACES,
): Promise<T> {
  for (let race = 0; race < racesAtMost; race += 1) {
    const decision = await decide();
    if (decision !== undefined) return decision;
  }
  throw new TooManyConflictsError(what, racesAtMost);
}
