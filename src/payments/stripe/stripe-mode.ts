/** For secret and restricted keys. @see https://docs.stripe.com/keys */
export function isLiveKey(secretKey: string): boolean {
  return /^(sk|rk)_live_/.test(secretKey);
}
