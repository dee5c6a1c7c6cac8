import pg from 'pg';

/**
 * Connections of a test's own to a database.
 * @param maxConnections opened when they are needed
 */
export function sqlPool(connectionString: string, maxConnections: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: maxConnections });
  // One that is lost while it is idle, as by a server that is stopped, is replaced; without a listener it would throw.
  pool.on('error', () => undefined);
  return pool;
}
