import pg from 'pg';

/**
 * Connections of a test's own to a database.
 * @param maxConnections opened on demand
 */
export function sqlPool(connectionString: string, maxConnections: number): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: maxConnections });
  // An idle connection that is lost is replaced; without a listener, its error would be thrown.
  pool.on('error', () => undefined);
  return pool;
}
