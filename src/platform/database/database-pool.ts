import pg from 'pg';
import { isAnswerLost, isReadOnly } from './database-errors.js';
import { log } from '../observability/logger.js';
import { QueueFullError } from '../queue-full-error.js';

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (error?: Error | boolean) => void,
) => void;

/**
 * The server may go on with a statement that nobody waits for any more: behind a hung synchronous standby for as long
 * as that hangs. (To cancel it would be wrong: the commit would become visible without being on the standby.) For each
 * connection of the pool there are so many sessions at the server, abandoned ones and the check's own included.
 */
const MAX_SESSIONS_PER_CONNECTION = 2;
/** A check costs a connection of its own. */
const SESSION_CHECK_INTERVAL_MS = 1_000;
/** Where all of the server is read-only, new connections are as well, and each costs it some milliseconds. */
const REPLACEMENT_INTERVAL_MS = 1_000;

/**
 * A connection that ends itself when an answer is lost: what it is in the middle of is unknown. The pool alone
 * would lend it out again after a transaction, whose rollback waits behind the lost answer. It does so too where
 * it takes no writes.
 */
class DatabaseClient extends pg.Client {
  /** Set by the driver when the session begins. */
  declare readonly processID: number | null;
  /** Why it ended itself. */
  failure: unknown;

  /** (Stands for all of pg's signatures; one of them stands for them in the call below.) */
  override query(...parameters: never[]): never {
    const result: unknown = super.query(...(parameters as unknown as [pg.QueryConfig]));
    // With a callback it is the pool that asks, for a single statement; it ends a connection that failed.
    if (!(result instanceof Promise)) return result as never;
    return result.catch((error: unknown) => {
      if (isAnswerLost(error) || isReadOnly(error)) {
        this.failure = error;
        void this.end();
      }
      throw error;
    }) as never;
  }
}

/**
 * A pool that keeps no connection in an unknown state or to a server that became read-only, lets only so many callers
 * wait for one, and has only so many sessions at the server.
 */
export class DatabasePool extends pg.Pool {
  private readonly size: number;
  /** Sessions that may still be at the server though their connections have ended, by their process ids. */
  private readonly abandoned = new Set<number>();
  private nextCheckAt = 0;
  private nextReplacementAt = 0;

  constructor(
    private readonly config: pg.PoolConfig & { readonly max: number },
    private readonly queueLimit: number,
  ) {
    super({ ...config, Client: DatabaseClient });
    this.size = config.max;
    this.on('release', (error: unknown, client) => {
      const { failure = error, processID = null } = client instanceof DatabaseClient ? client : {};
      if (isAnswerLost(failure)) {
        this.dropIdle();
        if (processID !== null) this.abandoned.add(processID);
        this.adjustSize();
      } else if (isReadOnly(failure)) this.replaceReadOnly();
    });
  }

  /** @throws QueueFullError at once where too many wait already */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    if (this.options.max < this.size) void this.checkAbandoned();
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

  /** For one that met a read-only server: the address may lead to another one by now, which the others don't know. */
  replaceReadOnly(): void {
    if (performance.now() < this.nextReplacementAt) return;
    this.nextReplacementAt = performance.now() + REPLACEMENT_INTERVAL_MS;
    this.dropIdle();
  }

  /** Whatever swallowed an answer may have swallowed the idle connections as well: the next statements get new ones. */
  private dropIdle(): void {
    for (let left = this.idleCount; left > 0; left -= 1) {
      super.connect((_, client) => {
        // None where it waited for too long.
        client?.release(true);
        // A farewell over a dead link would wait for minutes.
        client?.connection.stream.destroy();
      });
    }
  }

  /** As many connections as leave room for the abandoned sessions and the check. */
  private adjustSize(): void {
    const left = MAX_SESSIONS_PER_CONNECTION * this.size - 1 - this.abandoned.size;
    this.options.max = Math.max(0, Math.min(this.size, left));
  }

  /** Nothing but PostgreSQL can tell which of the abandoned sessions are still at work. */
  private async checkAbandoned(): Promise<void> {
    if (performance.now() < this.nextCheckAt) return;
    this.nextCheckAt = Infinity;
    const client = new pg.Client(this.config);
    // The statement below fails with it; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND state <> 'idle'`,
        [[...this.abandoned]],
      );
      const working = new Set(rows.map(({ pid }) => pid));
      for (const pid of this.abandoned) if (!working.has(pid)) this.abandoned.delete(pid);
      const abandoned = this.abandoned.size;
      if (abandoned >= this.size)
        log.warn({ abandoned }, 'the database is still at work on statements that were given up');
    } catch (error) {
      log.debug({ err: error }, 'abandoned database sessions could not be checked');
    } finally {
      this.nextCheckAt = performance.now() + SESSION_CHECK_INTERVAL_MS;
      this.adjustSize();
      this.wakeWaiting();
      await client.end();
    }
  }

  /** The pool itself looks for them only where a connection comes back. */
  private wakeWaiting(): void {
    if (this.waitingCount === 0 || this.totalCount >= this.options.max) return;
    super.connect((_, client) => client?.release());
  }
}
