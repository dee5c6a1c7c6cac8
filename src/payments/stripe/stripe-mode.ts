/** Whether the secret or restricted key is one of live mode. @see https://docs.stripe.com/keys */
export function isLiveKey(secretKey: string): boolean {
  return /^(sk|rk)_live_/.test(secretKey);
}
