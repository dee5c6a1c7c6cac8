import type { Config } from '../../config/config.js';
import { statusAfter } from '../lifecycle.js';
import type { Order } from '../order.js';

/** Whether payOrder may be called for the order. */
export function isPayable(
  { status, createdAt }: Pick<Order, 'status' | 'createdAt'>,
  { payableMs }: Pick<Config['payment'], 'payableMs'>,
  now: Date,
): boolean {
  const canBeRequested = statusAfter('PAYMENT_REQUESTED', status) !== undefined;
  return canBeRequested && now.getTime() < createdAt.getTime() + payableMs;
}
