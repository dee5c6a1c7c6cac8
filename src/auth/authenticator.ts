import { Inject, Injectable } from '@nestjs/common';
import { errors, type JWTPayload } from 'jose';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { reasonIn, refuseAccess } from './auth-failures.js';
import type { Caller } from './caller.js';
import type { PublishedKey } from './remote-key-set.js';
import { type TokenCheck, tokenCheck } from './token-check.js';

/** 1 to 128 printable characters: no control, format, surrogate, private or unassigned ones. */
const CUSTOMER_ID = /^\P{C}{1,128}$/u;
/** Clocks of two machines differ by seconds; more than this is a fault to be seen. */
const CLOCK_LEEWAY_SECONDS = 5;
/** With some KB of claims; a longer one is no token of anybody's. */
const MAX_TOKEN_LENGTH = 8_192;

/** Access tokens and plain ones (RFC 9068, RFC 7519, section 5.1); an issuer signs others with the same keys. */
const TOKEN_TYPE = /^(?:application\/)?(?:at\+)?jwt$/i;

/**
 * A good token is not checked again for so long, unless its key is withdrawn: clients send theirs with every request,
 * and a check costs as much as a quarter of an order.
 */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 5_000;
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

/** Checks bearer tokens. */
@Injectable()
export class Authenticator {
  private readonly tokens: TokenCheck;
  private readonly maxTokenAgeMs: number;
  private readonly remembered = new Map<string, { readonly caller: Caller; readonly untilMs: number }>();
  private readonly keys = new WeakMap<Caller, PublishedKey>();

  constructor(@Inject(CONFIG) { auth }: Pick<Config, 'auth'>) {
    this.maxTokenAgeMs = auth.maxTokenAgeMs;
    this.tokens = tokenCheck(auth, {
      clockTolerance: CLOCK_LEEWAY_SECONDS,
      requiredClaims: ['sub', 'exp'],
      ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
      ...(auth.audience === undefined ? {} : { audience: auth.audience }),
    });
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
    if (known !== undefined && Date.now() < known.untilMs && !this.isWithdrawn(known.caller))
      return known.caller;
    try {
      const { payload, type, key } = await this.tokens.check(token);
      const caller = isTokenType(type) ? callerFrom(payload, this.maxTokenAgeMs) : undefined;
      if (caller === undefined) return refuseAccess('claims');
      if (key !== undefined) this.keys.set(caller, key);
      this.remember(token, caller);
      return caller;
    } catch (error) {
      if (BAD_TOKEN.some((kind) => error instanceof kind)) return refuseAccess(reasonIn(error));
      throw new KeySetUnavailableError({ cause: error });
    }
  }

  /** Whether the key that the caller's token was checked with is no longer one of the issuer's. */
  isWithdrawn(caller: Caller): boolean {
    return this.keys.get(caller)?.isWithdrawn === true;
  }

  /** Asks the issuer for its keys, where there is a key set; isWithdrawn() then knows. An issuer that is away changes nothing. */
  async refreshKeys(): Promise<void> {
    await this.tokens.refreshKeys();
  }

  private remember(token: string, caller: Caller): void {
    if (token.length > REMEMBERED_LENGTH) return;
    this.remembered.delete(token);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size >= MAX_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(token, { caller, untilMs: Math.min(Date.now() + REMEMBERED_MS, caller.expiresAtMs) });
  }
}

/** A token need not say what it is. */
function isTokenType(type: unknown): boolean {
  return type === undefined || (typeof type === 'string' && TOKEN_TYPE.test(type));
}

function callerFrom({ sub, exp, roles }: JWTPayload, maxTokenAgeMs: number): Caller | undefined {
  // The types are the standard's; what is signed may have others.
  if (typeof sub !== 'string' || exp === undefined || !CUSTOMER_ID.test(sub)) return undefined;
  const expiresAtMs = exp * 1_000;
  if (expiresAtMs - Date.now() > maxTokenAgeMs + CLOCK_LEEWAY_SECONDS * 1_000) return undefined;
  return {
    customerId: sub,
    operator: Array.isArray(roles) && roles.includes('operator'),
    expiresAtMs,
  };
}
