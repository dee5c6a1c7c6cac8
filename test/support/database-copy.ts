import { randomUUID } from 'node:crypto';
import { administerDatabases, cloneDatabase } from './administer-databases.js';

/** A copy of a test's database, to which it can be set back as from a backup. */
export class DatabaseCopy {
  private constructor(
    private readonly url: string,
    private readonly name: string,
    private readonly copy: string,
  ) {}

  /** Ends all sessions of the database. */
  static async take(url: string): Promise<DatabaseCopy> {
    const name = new URL(url).pathname.slice(1);
    const copy = `copy_${randomUUID().replaceAll('-', '')}`;
    await administerDatabases(url, [
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
      cloneDatabase(copy, name),
      `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`,
    ]);
    return new DatabaseCopy(url, name, copy);
  }

  /** Everything that was committed since the copy is lost. */
  async restore(): Promise<void> {
    await administerDatabases(this.url, [
      `DROP DATABASE ${this.name} WITH (FORCE)`,
      cloneDatabase(this.name, this.copy),
    ]);
  }

  async drop(): Promise<void> {
    await administerDatabases(this.url, [`DROP DATABASE ${this.copy} WITH (FORCE)`]);
  }
}
