import { isLoopbackName } from './loopback.js';
import type { EnvironmentReader } from './variables/environment-reader.js';
import { integer, optionalText, secret, url } from './variables/scalars.js';
import { section } from './variables/variable.js';

/** RFC 7518, section 3.2: an HS256 key has at least as many bits as the hash, 256. */
const MIN_SECRET_BYTES = 32;
const DAY_MS = 86_400_000;

export const AUTH = section({
  title: 'Authentication',
  introduction:
    'Tokens are checked with a secret or with a key set. In production every role needs one of them; without ' +
    'one, development generates a secret and keeps it in `.data/`.',
  roles: ['api'],
  variables: {
    secret: secret('AUTH_JWT_SECRET', {
      default: undefined,
      minBytes: MIN_SECRET_BYTES,
      description: 'Secret of HS256 tokens.',
      reason: 'The minimum is that of RFC 7518, section 3.2.',
    }),
    previousSecret: secret('AUTH_JWT_SECRET_PREVIOUS', {
      default: undefined,
      minBytes: MIN_SECRET_BYTES,
      description:
        'The secret before `AUTH_JWT_SECRET`: tokens signed with it are still accepted, so that secrets can be ' +
        'rotated without a pause.',
    }),
    keySetUrl: url('AUTH_JWKS_URL', {
      default: undefined,
      protocols: ['http:', 'https:'],
      description:
        'Address of a key set (RS256, ES256 or EdDSA), instead of `AUTH_JWT_SECRET`. It has no user and no ' +
        'password. Production needs `https://`, except to the same machine, and `AUTH_ISSUER` and `AUTH_AUDIENCE` ' +
        'with it.',
    }),
    issuer: optionalText('AUTH_ISSUER', { description: 'The `iss` that a token must have.' }),
    audience: optionalText('AUTH_AUDIENCE', { description: 'The `aud` that a token must have.' }),
    maxTokenAgeMs: integer('AUTH_MAX_TOKEN_AGE_MS', {
      unit: 'ms',
      default: 30 * DAY_MS,
      min: 1_000,
      max: 366 * DAY_MS,
      description: 'A token whose `exp` is further ahead than this is refused.',
      reason: "Longer than people's sessions, and the longest that a stolen token works.",
    }),
  },
});

export const KEY_SET = section({
  title: 'Key set',
  introduction: 'With `AUTH_JWKS_URL`.',
  roles: ['api'],
  variables: {
    timeoutMs: integer('AUTH_JWKS_TIMEOUT_MS', {
      unit: 'ms',
      default: 2_000,
      min: 10,
      max: 30_000,
      description: 'How long a request that needs the key set waits for the issuer.',
      reason: 'An issuer usually answers within 100 ms.',
    }),
    minIntervalMs: integer('AUTH_JWKS_MIN_INTERVAL_MS', {
      unit: 'ms',
      default: 1_000,
      min: 0,
      max: 30_000,
      description: 'Minimum time between two requests to the issuer, whatever key ids tokens name.',
      reason: 'One request a second is no load for an issuer.',
    }),
    refreshIntervalMs: integer('AUTH_JWKS_REFRESH_INTERVAL_MS', {
      unit: 'ms',
      default: 20_000,
      min: 100,
      max: 30_000,
      description: 'Age at which the key set is fetched again, and withdrawn keys are noticed.',
      reason: 'A withdrawn key is refused within a minute, even if one request to the issuer fails.',
    }),
    maxAgeMs: integer('AUTH_JWKS_MAX_AGE_MS', {
      unit: 'ms',
      default: 3_600_000,
      min: 60_000,
      description: 'How long keys are used that the issuer has not confirmed.',
      reason: 'An outage of the issuer up to this long refuses nobody.',
    }),
  },
});

/** The key set or secret that tokens are checked with. */
export type TokenKey =
  | {
      readonly kind: 'secret';
      readonly secret: string;
      /** Tokens signed with it are accepted; no new ones are signed. */
      readonly previous?: string | undefined;
    }
  | { readonly kind: 'key-set'; readonly url: string }
  | { readonly kind: 'development' };

export function authSettings(reader: EnvironmentReader) {
  const { secret: current, previousSecret, keySetUrl, ...settings } = reader.read(AUTH);
  checkCombination(reader);
  if (keySetUrl !== undefined) checkKeySetUrl(reader, keySetUrl);
  return {
    ...settings,
    key: tokenKey({ current, previous: previousSecret, keySetUrl }),
    keySet: reader.read(KEY_SET),
  };
}

function tokenKey({
  current,
  previous,
  keySetUrl,
}: Readonly<Record<'current' | 'previous' | 'keySetUrl', string | undefined>>): TokenKey {
  if (current !== undefined) return { kind: 'secret', secret: current, previous };
  return keySetUrl === undefined ? { kind: 'development' } : { kind: 'key-set', url: keySetUrl };
}

/** Checks which variables are set together, whatever their values. */
function checkCombination(reader: EnvironmentReader): void {
  const { production } = reader.context;
  const isSet = (name: string) => reader.text(name) !== undefined;
  const hasSecret = isSet('AUTH_JWT_SECRET');
  const hasKeySet = isSet('AUTH_JWKS_URL');
  if (hasSecret && hasKeySet) reader.fault('AUTH_JWT_SECRET', 'set it or AUTH_JWKS_URL, not both');
  if (isSet('AUTH_JWT_SECRET_PREVIOUS') && !hasSecret)
    reader.fault('AUTH_JWT_SECRET_PREVIOUS', 'works together with AUTH_JWT_SECRET only');
  if (!production || hasSecret) return;
  if (!hasKeySet) {
    reader.fault('AUTH_JWT_SECRET', 'set it, or AUTH_JWKS_URL, in production');
    return;
  }
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE']) {
    if (!isSet(name))
      reader.fault(
        name,
        'is required with AUTH_JWKS_URL in production: the issuer signs tokens for others, too',
      );
  }
}

function checkKeySetUrl(reader: EnvironmentReader, keySetUrl: string): void {
  const { protocol, hostname, username, password } = new URL(keySetUrl);
  // fetch() throws for such a URL, with a message that repeats it.
  if (username + password !== '') reader.fault('AUTH_JWKS_URL', 'must have no user and no password');
  // Over plain HTTP, anybody on the way could replace the keys.
  if (reader.context.production && protocol === 'http:' && !isLoopbackName(hostname))
    reader.fault('AUTH_JWKS_URL', 'must begin with https:// in production, except to this machine');
}
