import type { Rewind } from '../evidence.js';
import type { Facts } from './facts.js';
import { spanOf } from './rewinds.js';

/** The loss that explains why an order is not stored at the end; undefined if it is stored, or nothing explains it. */
export function lostIn(facts: Facts, orderId: string): Rewind | undefined {
  if (facts.orders.has(orderId)) return undefined;
  const [first] = facts.sightings.get(orderId) ?? [];
  if (first !== undefined) return facts.rewinds.at(spanOf(first.call));
  const createdAt = creationTime(orderId);
  return createdAt === undefined ? undefined : facts.rewinds.atClock(createdAt);
}

/** Of a UUIDv7, by PostgreSQL's clock; undefined for other ids. */
function creationTime(orderId: string): string | undefined {
  const milliseconds = Number.parseInt(orderId.replaceAll('-', '').slice(0, 12), 16);
  return orderId[14] === '7' ? new Date(milliseconds).toISOString() : undefined;
}
