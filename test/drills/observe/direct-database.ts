import pg from 'pg';

const CONNECT_TIMEOUT_MS = 1_000;
const STATEMENT_TIMEOUT_MS = 1_000;
/** PostgreSQL's own limit says nothing while it is paused. */
const ANSWER_TIMEOUT_MS = 1_200;
/** Classes of errors that say that the statement itself is wrong. */
const MISTAKES = ['22', '42'];

/** One connection past every link, kept open, and opened again when it fails. One statement at a time. */
export class DirectDatabase {
  private client: pg.Client | undefined;

  constructor(private readonly url: string) {}

  /** Null where the database can't be asked now. @throws where the statement itself is wrong */
  async ask<Row extends object>(name: string, text: string): Promise<Row[] | null> {
    try {
      this.client ??= await this.connect();
      return (await this.client.query<Row>({ name, text })).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && MISTAKES.includes(error.code?.slice(0, 2) ?? '')) throw error;
      // In a drill the database is away, paused, full or restarting.
      await this.close();
      return null;
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    // Ending what is broken already may fail; then nothing is left to be ended.
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'drill-observer',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      options: '-c jit=off',
    });
    // A connection may be cut while nothing is asked; the next question finds out.
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
