/** The caller, from the token's claims. */
export interface Caller {
  readonly customerId: string;
  readonly operator: boolean;
  /** When the token expires, in ms since the epoch. */
  readonly expiresAtMs: number;
}
