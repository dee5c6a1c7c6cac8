import { Inject, Injectable } from '@nestjs/common';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { createSecretKey } from 'node:crypto';
import type { Config } from '../config.js';
import { CONFIG } from '../platform/config-token.js';
import { reasonIn, refuseAccess } from './auth-failures.js';
import type { Caller } from './caller.js';
import { developmentSecret } from './development-secret.js';
import { remoteKeySet } from './remote-key-set.js';

/** 1 to 128 printable characters: no control, format, surrogate, private or unassigned ones. */
const CUSTOMER_ID = /^\P{C}{1,128}$/u;
/** Clocks of two machines differ by seconds; more than this is a fault to be seen. */
const CLOCK_LEEWAY_SECONDS = 5;
/** With some KB of claims; a longer one is no token of anybody's. */
const MAX_TOKEN_LENGTH = 8_192;

type Verify = (token: string) => Promise<{ payload: JWTPayload }>;

/**
 * A good token is not checked again for so long: clients send theirs with every request, and a check costs as much
 * as a quarter of an order. Whoever takes a key out of a key set waits longer for that anyway.
 */
const REMEMBERED_MS = 60_000;
const REMEMBERED_AT_MOST = 5_000;
/** Longer ones are checked each time, so that the memory has a bound. */
const REMEMBERED_LENGTH = 2_048;

/** What is wrong with a token itself. Any other error means that the key set could not be had. */
const BAD_TOKEN = [
  errors.JWTInvalid,
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/** The key set can't be fetched: nobody knows whether the token is good, and the caller may try again. */
export class KeySetUnavailableError extends Error {
  constructor(options: ErrorOptions) {
    super('the key set that tokens are checked with could not be fetched', options);
    this.name = 'KeySetUnavailableError';
  }
}

/** Checks bearer tokens. The algorithms follow from the configured key, never from the token. */
@Injectable()
export class Authenticator {
  private readonly verify: Verify;
  private readonly remembered = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();

  constructor(@Inject(CONFIG) { auth }: Pick<Config, 'auth'>) {
    const claims: JWTVerifyOptions = {
      clockTolerance: CLOCK_LEEWAY_SECONDS,
      requiredClaims: ['sub', 'exp'],
      ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
      ...(auth.audience === undefined ? {} : { audience: auth.audience }),
    };
    if (auth.key.kind === 'key-set') {
      const keys = remoteKeySet(new URL(auth.key.url));
      this.verify = (token) => jwtVerify(token, keys, { ...claims, algorithms: ['RS256', 'ES256', 'EdDSA'] });
    } else {
      const secret = createSecretKey(
        Buffer.from(auth.key.kind === 'secret' ? auth.key.secret : developmentSecret()),
      );
      this.verify = (token) => jwtVerify(token, secret, { ...claims, algorithms: ['HS256'] });
    }
  }

  /**
   * @param authorization `Bearer <JWT>`
   * @returns the caller, or undefined for a missing or bad token
   * @throws KeySetUnavailableError
   */
  async authenticate(authorization: unknown): Promise<Caller | undefined> {
    if (authorization === undefined || authorization === '') return refuseAccess('missing');
    const token =
      typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) return refuseAccess('malformed');
    const known = this.remembered.get(token);
    if (known !== undefined && Date.now() < known.untilMs) return known.caller;
    try {
      const { payload } = await this.verify(token);
      const caller = callerFrom(payload);
      if (caller === undefined) return refuseAccess('claims');
      this.remember(token, caller);
      return caller;
    } catch (error) {
      if (BAD_TOKEN.some((kind) => error instanceof kind)) return refuseAccess(reasonIn(error));
      throw new KeySetUnavailableError({ cause: error });
    }
  }

  private remember(token: string, caller: Caller): void {
    if (token.length > REMEMBERED_LENGTH) return;
    this.remembered.delete(token);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size >= REMEMBERED_AT_MOST && oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(token, { caller, untilMs: Math.min(Date.now() + REMEMBERED_MS, caller.expiresAtMs) });
  }
}

function callerFrom({ sub, exp, roles }: JWTPayload): Caller | undefined {
  // The types are the standard's; what is signed may have others.
  if (typeof sub !== 'string' || exp === undefined || !CUSTOMER_ID.test(sub)) return undefined;
  return {
    customerId: sub,
    operator: Array.isArray(roles) && roles.includes('operator'),
    expiresAtMs: exp * 1_000,
  };
}
