import { SignJWT } from 'jose';

export interface TokenClaims {
  /** The customer's id. */
  readonly sub: string;
  readonly roles?: readonly string[];
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly lifetimeSeconds: number;
}

/** A signed HS256 token for development and tests. */
export async function signToken(secret: string, claims: TokenClaims): Promise<string> {
  const token = new SignJWT({ roles: [...(claims.roles ?? [])] })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(claims.sub)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1_000) + claims.lifetimeSeconds);
  if (claims.issuer !== undefined) token.setIssuer(claims.issuer);
  if (claims.audience !== undefined) token.setAudience(claims.audience);
  return token.sign(new TextEncoder().encode(secret));
}
