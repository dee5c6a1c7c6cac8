import type { Environment } from './edge.js';
import type { EnvironmentReader } from './environment-reader.js';
import { isLoopbackName } from './loopback.js';

/** The key set or secret that tokens are checked with. */
export type TokenKey =
  | {
      readonly kind: 'secret';
      readonly secret: string;
      /** The one before it: its tokens are accepted, and none is signed with it. */
      readonly previous?: string | undefined;
    }
  | { readonly kind: 'key-set'; readonly url: string }
  | { readonly kind: 'development' };

/** RFC 7518, section 3.2: an HS256 key has at least the hash's 256 bits. */
const MIN_SECRET_BYTES = 32;
const DAY_MS = 86_400_000;

/** Who may call: how tokens are checked. */
export function authSettings(env: EnvironmentReader, environment: Environment) {
  const production = environment === 'production';
  const settings = {
    key: tokenKey(env, production),
    issuer: env.optional('AUTH_ISSUER'),
    audience: env.optional('AUTH_AUDIENCE'),
    // Longer than any session that people have; a stolen token works no longer than this.
    maxTokenAgeMs: env.integer('AUTH_MAX_TOKEN_AGE_MS', 30 * DAY_MS, { min: 1_000, max: 366 * DAY_MS }),
    keySet: {
      // An issuer answers within 100 ms. A request that needs the key set waits for it so long at most.
      timeoutMs: env.integer('AUTH_JWKS_TIMEOUT_MS', 2_000, { min: 10, max: 30_000 }),
      // Between two requests to the issuer, whatever key ids tokens name: one a second is no load for it.
      minIntervalMs: env.integer('AUTH_JWKS_MIN_INTERVAL_MS', 1_000, { min: 0, max: 30_000 }),
      // A withdrawn key is noticed after this: twice within the minute that it may go on, in case one request fails.
      refreshIntervalMs: env.integer('AUTH_JWKS_REFRESH_INTERVAL_MS', 20_000, { min: 100, max: 30_000 }),
      // An issuer that is away for so long refuses nobody; after that its keys count as unknown.
      maxAgeMs: env.integer('AUTH_JWKS_MAX_AGE_MS', 3_600_000, { min: 60_000 }),
    },
  } as const;
  if (production && settings.key.kind === 'key-set') checkKeySet(env, settings.key.url);
  return settings;
}

function tokenKey(env: EnvironmentReader, production: boolean): TokenKey {
  const secret = env.optional('AUTH_JWT_SECRET');
  const previous = env.optional('AUTH_JWT_SECRET_PREVIOUS');
  const url = env.optionalUrl('AUTH_JWKS_URL', ['http:', 'https:']);
  if (secret !== undefined && url !== undefined)
    env.fault('AUTH_JWT_SECRET', 'set it or AUTH_JWKS_URL, not both');
  if (previous !== undefined) {
    if (secret === undefined)
      env.fault('AUTH_JWT_SECRET_PREVIOUS', 'works together with AUTH_JWT_SECRET only');
    checkLength(env, 'AUTH_JWT_SECRET_PREVIOUS', previous);
  }
  if (secret !== undefined) {
    checkLength(env, 'AUTH_JWT_SECRET', secret);
    return { kind: 'secret', secret, ...(previous === undefined ? {} : { previous }) };
  }
  if (url !== undefined) {
    // fetch() refuses such a URL, by an error that repeats it.
    if (URL.canParse(url) && new URL(url).username + new URL(url).password !== '')
      env.fault('AUTH_JWKS_URL', 'must have no user and no password');
    return { kind: 'key-set', url };
  }
  if (production) env.fault('AUTH_JWT_SECRET', 'set it, or AUTH_JWKS_URL, in production');
  return { kind: 'development' };
}

function checkLength(env: EnvironmentReader, name: string, secret: string): void {
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES)
    env.fault(name, `must be at least ${MIN_SECRET_BYTES} bytes long`);
}

/** An issuer signs tokens for other services too, and its word is only as good as the way it comes. */
function checkKeySet(env: EnvironmentReader, url: string): void {
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'])
    if (env.optional(name) === undefined)
      env.fault(
        name,
        'is required with AUTH_JWKS_URL in production: the issuer signs tokens for others, too',
      );
  if (!URL.canParse(url)) return;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'http:' && !isLoopbackName(hostname))
    env.fault('AUTH_JWKS_URL', 'must begin with https:// in production, except to this machine');
}
