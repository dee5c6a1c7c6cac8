/** Too many callers are waiting. Nothing was started for this one, and it may try again later. */
export class QueueFullError extends Error {
  /** @param what the callers wait for, such as "a database connection" */
  constructor(what: string, queueLimit: number) {
    super(`${queueLimit} callers are waiting for ${what} already`);
    this.name = 'QueueFullError';
  }
}
