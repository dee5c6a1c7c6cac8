import { createHmac } from 'node:crypto';
import { newIdentifier } from './identifiers.js';
import type { EventType } from './records.js';
import type { PendingEvent } from './store.js';

/** The version of Stripe's API whose objects the sandbox imitates. */
export const API_VERSION = '2026-10-28.endive';

/** What an event is about, and the API request that caused it, if one did. */
export interface EventCause {
  readonly livemode: boolean;
  readonly requestId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** The event as it is sent, see https://docs.stripe.com/api/events/object. */
export function newEvent(type: EventType, object: object, cause: EventCause): PendingEvent {
  const id = newIdentifier('evt_3', 23);
  const body = {
    id,
    object: 'event',
    api_version: API_VERSION,
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode: cause.livemode,
    pending_webhooks: 1,
    request: { id: cause.requestId ?? null, idempotency_key: cause.idempotencyKey ?? null },
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
