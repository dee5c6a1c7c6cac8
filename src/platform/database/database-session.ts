/**
 * What every session needs, whatever the server, the database, the role or DATABASE_URL sets: Prisma's driver adapter
 * takes the text of a timestamptz for UTC whatever its offset is, writes dates without one, and reads ISO dates only.
 */
const REQUIRED_OPTIONS = '-c TimeZone=UTC -c DateStyle=ISO';

/**
 * How a connection reaches the server and what its session begins with. The URL's own `options` are kept, but for
 * what is required.
 * @param defaults options that the URL may change
 */
export function sessionSettings(
  databaseUrl: string,
  defaults = '',
): { readonly connectionString: string; readonly options: string } {
  const url = new URL(databaseUrl);
  const own = url.searchParams.get('options') ?? '';
  // The driver prefers those in the URL, so they have to leave it.
  url.searchParams.delete('options');
  // PostgreSQL lets the last one win.
  const options = [defaults, own, REQUIRED_OPTIONS].filter((part) => part !== '').join(' ');
  return { connectionString: own === '' ? databaseUrl : url.href, options };
}
