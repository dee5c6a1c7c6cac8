/** Who is calling, as the token says. */
export interface Caller {
  readonly customerId: string;
  readonly operator: boolean;
  /** When the token expires, in ms since 1970. */
  readonly expiresAtMs: number;
}
