import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { createSecretKey } from 'node:crypto';
import type { Config } from '../config/config.js';
import { developmentSecret } from './development-secret.js';
import { type PublishedKey, RemoteKeySet } from './remote-key-set.js';

/** What is signed, by whom it may be. */
export interface CheckedToken {
  readonly payload: JWTPayload;
  /** The `typ` of its header, of whatever type. */
  readonly type: unknown;
  /** The key of a key set; a secret is never withdrawn while the process runs. */
  readonly key?: PublishedKey;
}

/** Checks a token's signature and its standard claims. @throws what jose throws, or where the key set can't be had */
export interface TokenCheck {
  check(token: string): Promise<CheckedToken>;
  /** Asks the issuer for its keys, where there is one. */
  refreshKeys(): Promise<void>;
}

/** The algorithms follow from the configured key, never from the token. */
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
      return { payload, type: protectedHeader.typ, key: await keys.published(protectedHeader, key) };
    },
    refreshKeys: () => keys.refresh(),
  };
}

/** @param secrets the one that signs first: nearly all tokens are its own */
function secretCheck(secrets: readonly string[], claims: JWTVerifyOptions): TokenCheck {
  const options = { ...claims, algorithms: ['HS256'] };
  const [current, previous] = secrets.map((secret) => createSecretKey(Buffer.from(secret)));
  if (current === undefined) throw new Error('tokens need a secret to be checked with');
  const checkWith = async (token: string, key: typeof current) => {
    const { payload, protectedHeader } = await jwtVerify(token, key, options);
    return { payload, type: protectedHeader.typ };
  };
  return {
    check: async (token) => {
      try {
        return await checkWith(token, current);
      } catch (error) {
        if (previous === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        return checkWith(token, previous);
      }
    },
    refreshKeys: () => Promise.resolve(),
  };
}
