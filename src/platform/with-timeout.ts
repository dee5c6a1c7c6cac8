/** The work took longer than its timeout, and its outcome is unknown. */
export class DeadlineExceededError extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms`);
    this.name = 'DeadlineExceededError';
  }
}

/**
 * Waits up to `timeoutMs` for `work`, which is not stopped at the timeout.
 * @param what names the work in the error
 * @throws DeadlineExceededError, and what `work` throws
 */
export async function withTimeout<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineExceededError(what, timeoutMs));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
