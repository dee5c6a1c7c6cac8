/**
 * Needed in every session, whatever the server, the database, the role or DATABASE_URL sets: Prisma's driver adapter
 * ignores the offset of a timestamptz and assumes UTC, writes dates without an offset, and reads ISO dates only.
 */
const REQUIRED_OPTIONS = '-c TimeZone=UTC -c DateStyle=ISO';

/**
 * Connection settings with the required session options. The URL's own `options` win over the defaults, and the
 * required ones over both.
 * @param defaults options as `-c name=value`
 */
export function sessionSettings(
  databaseUrl: string,
  defaults = '',
): { readonly connectionString: string; readonly options: string } {
  const url = new URL(databaseUrl);
  const own = url.searchParams.get('options') ?? '';
  // The driver would prefer the URL's options, so they are moved out of it.
  url.searchParams.delete('options');
  // In PostgreSQL the last value wins.
  const options = [defaults, own, REQUIRED_OPTIONS].filter((part) => part !== '').join(' ');
  return { connectionString: own === '' ? databaseUrl : url.href, options };
}
