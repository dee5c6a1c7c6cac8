import pg from 'pg';

const CONNECT_TIMEOUT_MS = 1_000;
const STATEMENT_TIMEOUT_MS = 1_000;
/** On our side, as PostgreSQL's own timeout has no effect while it is paused. */
const ANSWER_TIMEOUT_MS = 1_200;
/** SQLSTATE classes that mean that the statement itself is wrong. */
const MISTAKES = ['22', '42'];

/** One connection that bypasses every link, reopened when it fails. One statement at a time. */
export class DirectDatabase {
  private client: pg.Client | undefined;

  /** @param url is asked for at each opening, as another server may have taken over */
  constructor(private readonly url: () => string) {}

  /** Null if the database is not available. @throws if the statement itself is wrong */
  async ask<Row extends object>(name: string, text: string): Promise<Row[] | null> {
    try {
      this.client ??= await this.connect();
      return (await this.client.query<Row>({ name, text })).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && MISTAKES.includes(error.code?.slice(0, 2) ?? '')) throw error;
      // In a drill the database may be down, paused, full or restarting.
      await this.close();
      return null;
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    // Closing a broken connection may fail, and then there is nothing to close.
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url(),
      application_name: 'drill-observer',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      options: '-c jit=off',
    });
    // A connection may be cut while it is idle; the next statement will fail.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}
