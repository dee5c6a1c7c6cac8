import { isIP } from 'node:net';

/** Whether it is a URL of one of these protocols (such as `https:`) whose user and password can be decoded. */
export function isUrl(value: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return protocols.includes(protocol) && isDecodable(username) && isDecodable(password);
}

/** The drivers decode both, and throw at a bare percent sign. */
function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** Origin headers are compared as strings, so only the spelling of browsers can match. There are no wildcards. */
export function isHttpOrigin(value: string): boolean {
  return !value.includes('*') && isUrl(value, ['http:', 'https:']) && new URL(value).origin === value;
}

/** Whether it is an IP address or a network in CIDR notation. A prefix of 0 bits would match every address. */
export function isNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0) return false;
  if (bits === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}
