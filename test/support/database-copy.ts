import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A copy of a test's database, to which it can be set back as from a backup. */
export class DatabaseCopy {
  private constructor(
    private readonly url: URL,
    private readonly name: string,
    private readonly copy: string,
  ) {}

  /** Ends all sessions of the database. */
  static async take(databaseUrl: string): Promise<DatabaseCopy> {
    const url = new URL(databaseUrl);
    const name = url.pathname.slice(1);
    const copy = new DatabaseCopy(url, name, `copy_${randomUUID().replaceAll('-', '')}`);
    await copy.administer([
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      `CREATE DATABASE ${copy.copy} TEMPLATE ${name}`,
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`,
    ]);
    return copy;
  }

  /** Everything that was committed since the copy is lost. */
  async restore(): Promise<void> {
    await this.administer([
      `DROP DATABASE ${this.name} WITH (FORCE)`,
      `CREATE DATABASE ${this.name} TEMPLATE ${this.copy}`,
    ]);
  }

  async drop(): Promise<void> {
    await this.administer([`DROP DATABASE ${this.copy} WITH (FORCE)`]);
  }

  private async administer(statements: readonly string[]): Promise<void> {
    const url = new URL(this.url);
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      // Concurrent clones would fail.
      await client.query('SELECT pg_advisory_lock(1)');
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
