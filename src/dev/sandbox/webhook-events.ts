import { createHmac } from 'node:crypto';
import { newIdentifier } from './identifiers.js';
import type { EventType } from './records.js';
import type { PendingEvent } from './store.js';

/** The version of Stripe's API whose objects the sandbox imitates. */
export const API_VERSION = '2026-10-28.endive';

/** The event as it is sent, see https://docs.stripe.com/api/events/object. */
export function newEvent(
  type: EventType,
  object: object,
  request: { readonly id: string; readonly idempotencyKey: string | undefined },
): PendingEvent {
  const id = newIdentifier('evt_3', 23);
  const body = {
    id,
    object: 'event',
    api_version: API_VERSION,
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: request.id, idempotency_key: request.idempotencyKey ?? null },
    type,
  };
  return { id, type, body };
}

/**
 * The `Stripe-Signature` header, see https://docs.stripe.com/webhooks#verify-manually.
 *
 * @param seconds the time of sending
 */
export function signatureHeader(payload: string, secret: string, seconds: number): string {
  const signature = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex');
  return `t=${seconds},v1=${signature}`;
}
