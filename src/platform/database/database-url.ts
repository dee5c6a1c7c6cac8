/** Parameters of Prisma's own engine that this driver ignores, and what to use instead. */
const IGNORED: Readonly<Record<string, string>> = {
  schema: "the tables are in the first schema of the role's search_path",
  connection_limit: 'set DATABASE_POOL_SIZE',
  pool_timeout: 'set DATABASE_CONNECT_TIMEOUT_MS',
  connect_timeout: 'set DATABASE_CONNECT_TIMEOUT_MS',
  socket_timeout: 'set DATABASE_QUERY_TIMEOUT_MS',
  pgbouncer: 'connections are direct',
  statement_cache_size: 'each statement is prepared once a connection',
  max_connection_lifetime: 'connections are kept',
  max_idle_connection_lifetime: 'idle connections are closed by the pool',
  single_use_connections: 'connections are kept',
  sslaccept: 'certificates are checked by sslmode=verify-full',
  sslidentity: 'use sslcert and sslkey',
  sslpassword: 'use sslcert and sslkey',
};

/**
 * One message for each parameter of a PostgreSQL URL that would silently have no effect: an operator might rely on it,
 * such as on another schema. The messages contain no values.
 */
export function ignoredParameters(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const names = new Set(new URL(url).searchParams.keys());
  return [...names]
    .filter((name) => Object.hasOwn(IGNORED, name))
    .map((name) => `must not have the parameter ${name}, which has no effect here: ${IGNORED[name] ?? ''}`);
}

/**
 * DATABASE_URL, for commands that read no other setting.
 * @throws with one line per fault
 */
export function databaseUrlOf(env: Readonly<Record<string, string | undefined>>): string {
  const url = env['DATABASE_URL'];
  if (url === undefined || url === '') throw new Error('DATABASE_URL: is required');
  const faults = ignoredParameters(url);
  if (faults.length > 0) throw new Error(faults.map((fault) => `DATABASE_URL: ${fault}`).join('\n'));
  return url;
}
