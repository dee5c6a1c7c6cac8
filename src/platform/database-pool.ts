import pg from 'pg';
import { isAnswerLost } from './database-errors.js';
import { QueueFullError } from './queue-full-error.js';

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (error?: Error | boolean) => void,
) => void;

/**
 * A connection that ends itself when an answer is lost: what it is in the middle of is unknown. The pool alone
 * would lend it out again after a transaction, whose rollback waits behind the lost answer.
 */
class DatabaseClient extends pg.Client {
  answerLost = false;

  /** (Stands for all of pg's signatures; one of them stands for them in the call below.) */
  override query(...parameters: never[]): never {
    const result: unknown = super.query(...(parameters as unknown as [pg.QueryConfig]));
    // With a callback it is the pool that asks, for a single statement; it ends a connection that failed.
    if (!(result instanceof Promise)) return result as never;
    return result.catch((error: unknown) => {
      if (isAnswerLost(error)) {
        this.answerLost = true;
        void this.end();
      }
      throw error;
    }) as never;
  }
}

/** A pool that keeps no connection in an unknown state, and lets only so many callers wait for one. */
export class DatabasePool extends pg.Pool {
  constructor(
    config: pg.PoolConfig,
    private readonly queueLimit: number,
  ) {
    super({ ...config, Client: DatabaseClient });
    this.on('release', (error: unknown, client) => {
      const isLost = (client instanceof DatabaseClient && client.answerLost) || isAnswerLost(error);
      if (isLost) this.dropIdle();
    });
  }

  /** @throws QueueFullError at once where too many wait already */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (this.waitingCount < this.queueLimit) {
      if (callback === undefined) return super.connect();
      super.connect(callback);
      return undefined;
    }
    const error = new QueueFullError('a database connection', this.queueLimit);
    if (callback === undefined) return Promise.reject(error);
    callback(error, undefined, () => undefined);
    return undefined;
  }

  /** Whatever swallowed an answer may have swallowed the idle connections as well: the next statements get new ones. */
  private dropIdle(): void {
    for (let left = this.idleCount; left > 0; left -= 1) {
      super.connect((_, client, release) => {
        release(true);
        // A farewell over a dead link would wait for minutes.
        client?.connection.stream.destroy();
      });
    }
  }
}
