/** An http or https origin in front of the path: the absolute form of a request target (RFC 9112, section 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?#]+/i;

/**
 * The path of a request target in the form that the router compares: without origin, query and fragment, percent
 * signs decoded. Empty where there is none, or where it can't be decoded.
 */
export function requestPath(target = ''): string {
  const path = target.startsWith('/') ? target : pathAfterOrigin(target);
  const end = path.search(/[?#]/);
  const raw = end === -1 ? path : path.slice(0, end);
  if (!raw.includes('%')) return raw;
  try {
    return decodeURI(raw);
  } catch {
    // Malformed percent signs: the router answers 400.
    return '';
  }
}

function pathAfterOrigin(target: string): string {
  const [origin] = ORIGIN.exec(target) ?? [];
  // The router takes no fragment here.
  if (origin === undefined || target.includes('#')) return '';
  return target.slice(origin.length);
}
