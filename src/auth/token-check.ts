import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { createSecretKey } from 'node:crypto';
import type { Config } from '../config/config.js';
import { developmentSecret } from './development-secret.js';
import { type PublishedKey, RemoteKeySet } from './remote-key-set.js';

/** A token with a valid signature and valid standard claims. */
export interface CheckedToken {
  readonly payload: JWTPayload;
  /** The header's `typ`, unchecked. */
  readonly type: unknown;
  /** Only with a key set: a secret can't be withdrawn while the process runs. */
  readonly key?: PublishedKey;
}

export interface TokenCheck {
  /** @throws jose's errors about the token; any other error where the key set is unavailable */
  check(token: string): Promise<CheckedToken>;
  /** Fetches the issuer's key set, if there is one. */
  refreshKeys(): Promise<void>;
}

/** The configured key determines the accepted algorithms, never the token. */
export function tokenCheck(auth: Config['auth'], claims: JWTVerifyOptions): TokenCheck {
  if (auth.key.kind === 'key-set')
    return keySetCheck(new RemoteKeySet(new URL(auth.key.url), auth.keySet), claims);
  const { secret, previous } =
    auth.key.kind === 'secret' ? auth.key : { secret: developmentSecret(), previous: undefined };
  return secretCheck(previous === undefined ? [secret] : [secret, previous], claims);
}

function keySetCheck(keys: RemoteKeySet, claims: JWTVerifyOptions): TokenCheck {
  const options = { ...claims, algorithms: ['RS256', 'ES256', 'EdDSA'] };
  return {
    check: async (token) => {
      const { payload, protectedHeader, key } = await jwtVerify(token, keys.keyFor, options);
      return { payload, type: protectedHeader.typ, key: await keys.track(protectedHeader, key) };
    },
    refreshKeys: () => keys.refresh(),
  };
}

/** @param secrets the current one first, which signed nearly all tokens */
function secretCheck(secrets: readonly string[], claims: JWTVerifyOptions): TokenCheck {
  const options = { ...claims, algorithms: ['HS256'] };
  const [current, previous] = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  if (current === undefined) throw new Error('no secret to verify tokens with');
  const verifyWith = async (token: string, key: typeof current) => {
    const { payload, protectedHeader } = await jwtVerify(token, key, options);
    return { payload, type: protectedHeader.typ };
  };
  return {
    check: async (token) => {
      try {
        return await verifyWith(token, current);
      } catch (error) {
        if (previous === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        return verifyWith(token, previous);
      }
    },
    refreshKeys: () => Promise.resolve(),
  };
}
