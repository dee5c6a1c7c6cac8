/** What Prisma's own engine reads from a URL, and this driver passes over; and where the same is set here. */
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
 * One sentence for each parameter of a PostgreSQL URL that would be passed over in silence: whoever wrote it believes
 * in what it says, be it another schema or a certificate that is not checked. Names no value.
 */
export function ignoredParameters(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const names = new Set(new URL(url).searchParams.keys());
  return [...names]
    .filter((name) => Object.hasOwn(IGNORED, name))
    .map((name) => `must not have the parameter ${name}, which has no effect here: ${IGNORED[name] ?? ''}`);
}

/**
 * DATABASE_URL, for a command that reads nothing else.
 * @throws with one line for each fault
 */
export function databaseUrlOf(env: Readonly<Record<string, string | undefined>>): string {
  const url = env['DATABASE_URL'];
  if (url === undefined || url === '') throw new Error('DATABASE_URL: is required');
  const faults = ignoredParameters(url);
  if (faults.length > 0) throw new Error(faults.map((fault) => `DATABASE_URL: ${fault}`).join('\n'));
  return url;
}
