import pg from 'pg';

/**
 * Runs statements that create, change or drop databases, one run at a time in a cluster: concurrent clones would fail.
 * @param serverUrl of any database of the cluster; the statements run in another, as one that is cloned may have no
 *   connections
 */
export async function administerDatabases(serverUrl: string, statements: readonly string[]): Promise<void> {
  const url = new URL(serverUrl);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(1)');
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Copying the files takes a third of the time of copying page by page through the log, which is the default. */
export function cloneDatabase(name: string, template: string): string {
  return `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`;
}
