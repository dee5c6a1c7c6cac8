/** So many wait already that this caller is better told at once to come back. Nothing was begun for it. */
export class QueueFullError extends Error {
  /** @param what they wait for */
  constructor(what: string, queueLimit: number) {
    super(`${queueLimit} callers wait for ${what} already`);
    this.name = 'QueueFullError';
  }
}
