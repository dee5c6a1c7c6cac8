import { createHmac } from 'node:crypto';
import { newIdentifier } from '../identifiers.js';
import type { EventType } from '../state/records.js';
import type { PendingEvent, SavedAnswer } from '../state/store.js';
import type { Endpoint } from '../stripe/endpoints.js';

/** The version of Stripe's API that the sandbox emulates. */
export const API_VERSION = '2026-10-28.endive';

/** The API request that caused a change. */
export interface ChangeCause {
  readonly endpoint: Endpoint;
  readonly requestId: string;
  /** the response to save, with its idempotency key */
  readonly answer: SavedAnswer | undefined;
}

/** A new event, see https://docs.stripe.com/api/events/object. */
export function newEvent(
  type: EventType,
  object: object,
  livemode: boolean,
  cause: ChangeCause | undefined,
): PendingEvent {
  const id = newIdentifier('evt_3', 23);
  const body = {
    id,
    object: 'event',
    api_version: API_VERSION,
    created: Math.floor(Date.now() / 1000),
    data: { object },
    livemode,
    pending_webhooks: 1,
    request: { id: cause?.requestId ?? null, idempotency_key: cause?.answer?.key ?? null },
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
