/** The origin in the absolute form of a request target (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]+/i;

/**
 * The path of a request target as the router compares it: percent-decoded, without origin, query and fragment.
 * @returns '' where there is no path, or where it can't be decoded
 */
export function requestPath(target = ''): string {
  const path = target.startsWith('/') ? target : pathAfterOrigin(target);
  const end = path.search(/[?#]/);
  const raw = end === -1 ? path : path.slice(0, end);
  if (!raw.includes('%')) return raw;
  try {
    return decodeURI(raw);
  } catch {
    // Malformed percent-encoding: the router answers 400.
    return '';
  }
}

function pathAfterOrigin(target: string): string {
  const [origin] = ORIGIN.exec(target) ?? [];
  // The router rejects a fragment in the absolute form.
  if (origin === undefined || target.includes('#')) return '';
  return target.slice(origin.length);
}
