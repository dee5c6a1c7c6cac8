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
 * The server may keep executing a statement after its client has given up: behind a hung synchronous standby, for as
 * long as that hangs. (Cancelling it would make the commit visible without it being on the standby.) So the server may
 * hold this many sessions per connection of the pool, including abandoned ones and the check's own.
 */
const MAX_SESSIONS_PER_CONNECTION = 2;
/** Each check opens a connection of its own. */
const SESSION_CHECK_INTERVAL_MS = 1_000;
/** If the whole server is read-only, new connections don't help, and opening each takes milliseconds. */
const REPLACEMENT_INTERVAL_MS = 1_000;

/**
 * A connection that closes itself when an answer is lost, since its state is unknown, or when it is read-only. The pool
 * alone would reuse it after a transaction, whose rollback would queue behind the lost answer.
 */
class DatabaseClient extends pg.Client {
  /** The session's process id at the server; set by the driver. */
  declare readonly processID: number | null;
  /** Why it closed itself. */
  failure: unknown;

  constructor(config?: pg.ClientConfig) {
    super(config);
    // The pool listens while the connection is idle. At any other time the next statement fails as well; without a
    // listener, the end of the session would end the process.
    this.on('error', () => undefined);
  }

  /** One signature for all of pg's overloads; the call below picks one of them. */
  override query(...parameters: never[]): never {
    const result: unknown = super.query(...(parameters as unknown as [pg.QueryConfig]));
    // With a callback, the caller is the pool itself, which closes a connection that failed.
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
 * A pool that drops connections in an unknown state and those to a read-only server, and that limits the callers
 * waiting for a connection and its sessions at the server.
 */
export class DatabasePool extends pg.Pool {
  private readonly size: number;
  /** Process ids of sessions that may still be running at the server although their connections are closed. */
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

  /** @throws QueueFullError at once where too many callers are waiting */
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

  /** Call on a read-only error: after a failover the address leads to another server, but idle connections don't. */
  replaceReadOnly(): void {
    if (performance.now() < this.nextReplacementAt) return;
    this.nextReplacementAt = performance.now() + REPLACEMENT_INTERVAL_MS;
    this.dropIdle();
  }

  /** Idle connections may be dead for the same reason, so the next statements get new ones. */
  private dropIdle(): void {
    for (let count = this.idleCount; count > 0; count -= 1) {
      super.connect((_, client) => {
        // Undefined after a timeout.
        client?.release(true);
        // Closing a dead connection gracefully would take minutes.
        client?.connection.stream.destroy();
      });
    }
  }

  /** Leaves room for the abandoned sessions and the check's own. */
  private adjustSize(): void {
    const available = MAX_SESSIONS_PER_CONNECTION * this.size - 1 - this.abandoned.size;
    this.options.max = Math.max(0, Math.min(this.size, available));
  }

  /** Asks PostgreSQL which of the abandoned sessions are still running. */
  private async checkAbandoned(): Promise<void> {
    if (performance.now() < this.nextCheckAt) return;
    this.nextCheckAt = Infinity;
    const client = new pg.Client(this.config);
    // A lost connection also fails the query below; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE pid = ANY ($1::int[]) AND state <> 'idle'`,
        [[...this.abandoned]],
      );
      const running = new Set(rows.map(({ pid }) => pid));
      for (const pid of this.abandoned) if (!running.has(pid)) this.abandoned.delete(pid);
      const abandoned = this.abandoned.size;
      if (abandoned >= this.size)
        log.warn({ abandoned }, 'the database is still executing statements that timed out here');
    } catch (error) {
      log.debug({ err: error }, 'abandoned database sessions could not be checked');
    } finally {
      this.nextCheckAt = performance.now() + SESSION_CHECK_INTERVAL_MS;
      this.adjustSize();
      this.wakeWaiting();
      await client.end();
    }
  }

  /** The pool itself serves waiting callers only when a connection is released. */
  private wakeWaiting(): void {
    if (this.waitingCount === 0 || this.totalCount >= this.options.max) return;
    super.connect((_, client) => client?.release());
  }
}
