import { Inject, Injectable } from '@nestjs/common';
import { errors, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { reasonIn, refuseAccess } from './auth-failures.js';
import type { Caller } from './caller.js';
import type { PublishedKey } from './remote-key-set.js';
import { type TokenCheck, tokenCheck } from './token-check.js';

/** 1 to 128 characters, none of them control, format, surrogate, private-use or unassigned. */
const CUSTOMER_ID = /^\P{C}{1,128}$/u;
/** For clocks that differ; a larger difference is a fault that should show. */
const CLOCK_LEEWAY_SECONDS = 5;
/** Room for several KB of claims. */
const MAX_TOKEN_LENGTH = 8_192;

/** Access tokens and plain JWTs (RFC 9068; RFC 7519, section 5.1): an issuer signs other kinds with the same keys. */
const TOKEN_TYPE = /^(?:application\/)?(?:at\+)?jwt$/i;

/**
 * How long a valid token is not verified again, unless its key is withdrawn. Clients send it with every request, and
 * verifying it costs a quarter of the CPU time of a createOrder.
 */
const CACHE_TTL_MS = 60_000;
const MAX_CACHED_TOKENS = 5_000;
/** Longer tokens are verified each time, which bounds the cache to 10 MB of tokens. */
const MAX_CACHED_TOKEN_LENGTH = 2_048;

/** Errors about the token itself. Any other error means that the key set is unavailable. */
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

/** The key set can't be fetched, so the token can't be verified; the caller may try again. */
export class KeySetUnavailableError extends Error {
  constructor(options: ErrorOptions) {
    super('the key set for verifying tokens could not be fetched', options);
    this.name = 'KeySetUnavailableError';
  }
}

/** Verifies bearer tokens. */
@Injectable()
export class Authenticator {
  private readonly tokenCheck: TokenCheck;
  private readonly maxTokenAgeMs: number;
  private readonly cache = new LRUCache<string, Caller>({ max: MAX_CACHED_TOKENS, ttl: CACHE_TTL_MS });
  private readonly keys = new WeakMap<Caller, PublishedKey>();

  constructor(@Inject(CONFIG) { auth }: Pick<Config, 'auth'>) {
    this.maxTokenAgeMs = auth.maxTokenAgeMs;
    this.tokenCheck = tokenCheck(auth, {
      clockTolerance: CLOCK_LEEWAY_SECONDS,
      requiredClaims: ['sub', 'exp'],
      ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
      ...(auth.audience === undefined ? {} : { audience: auth.audience }),
    });
  }

  /**
   * @param authorization `Bearer <JWT>`
   * @returns undefined for a missing or invalid token
   * @throws KeySetUnavailableError
   */
  async authenticate(authorization: unknown): Promise<Caller | undefined> {
    if (authorization === undefined || authorization === '') return refuseAccess('missing');
    const token =
      typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
    if (token === undefined || token.length > MAX_TOKEN_LENGTH) return refuseAccess('malformed');
    const cached = this.cache.get(token);
    if (cached !== undefined && Date.now() < cached.expiresAtMs && !this.isWithdrawn(cached)) return cached;
    try {
      const { payload, type, key } = await this.tokenCheck.check(token);
      const caller = isTokenType(type) ? callerFrom(payload, this.maxTokenAgeMs) : undefined;
      if (caller === undefined) return refuseAccess('claims');
      if (key !== undefined) this.keys.set(caller, key);
      if (token.length <= MAX_CACHED_TOKEN_LENGTH) this.cache.set(token, caller);
      return caller;
    } catch (error) {
      if (BAD_TOKEN.some((kind) => error instanceof kind)) return refuseAccess(reasonIn(error));
      throw new KeySetUnavailableError({ cause: error });
    }
  }

  /** Whether the issuer has withdrawn the key that the caller's token was verified with. */
  isWithdrawn(caller: Caller): boolean {
    return this.keys.get(caller)?.isWithdrawn === true;
  }

  /** Fetches the issuer's key set, if there is one, and updates isWithdrawn(). No effect while the issuer is down. */
  async refreshKeys(): Promise<void> {
    await this.tokenCheck.refreshKeys();
  }
}

/** The header is optional. */
function isTokenType(type: unknown): boolean {
  return type === undefined || (typeof type === 'string' && TOKEN_TYPE.test(type));
}

function callerFrom({ sub, exp, roles }: JWTPayload, maxTokenAgeMs: number): Caller | undefined {
  // The declared types are the standard's; a signed payload may hold anything.
  if (typeof sub !== 'string' || exp === undefined || !CUSTOMER_ID.test(sub)) return undefined;
  const expiresAtMs = exp * 1_000;
  if (expiresAtMs - Date.now() > maxTokenAgeMs + CLOCK_LEEWAY_SECONDS * 1_000) return undefined;
  return {
    customerId: sub,
    operator: Array.isArray(roles) && roles.includes('operator'),
    expiresAtMs,
  };
}
