import type { Faults } from './faults.js';
import type { Outcome } from './records.js';
import type { Endpoint } from './routes.js';
import type { PendingEvent, SavedAnswer, Store } from './store.js';
import { isLive } from './stripe-objects.js';
import { newEvent } from './webhook-events.js';
import type { WebhookSender } from './webhooks.js';

/** The API request that caused a change. */
export interface ChangeCause {
  readonly endpoint?: Endpoint;
  readonly requestId?: string;
  readonly idempotencyKey?: string | undefined;
  /** to be saved under the key */
  readonly answer?: SavedAnswer;
}

/** Writes what a request changed to the journal, and has its events delivered. */
export class Changes {
  readonly #store: Store;
  readonly #faults: Faults;
  readonly #webhooks: WebhookSender | undefined;

  /** @param webhooks left out: no events are made */
  constructor(store: Store, faults: Faults, webhooks: WebhookSender | undefined) {
    this.#store = store;
    this.#faults = faults;
    this.#webhooks = webhooks;
  }

  /** @param cause left out: something outside the API */
  write(outcome: Outcome, cause: ChangeCause = {}): void {
    const { intent, refund } = outcome;
    const { answer } = cause;
    const waiting = this.#newEvents(outcome, cause).filter(({ copies }) => copies > 0);
    if (answer === undefined && intent === undefined) return;
    this.#store.record({
      ...(intent === undefined ? {} : { intent }),
      ...(refund === undefined ? {} : { refund }),
      ...(answer === undefined ? {} : { answer }),
      ...(waiting.length === 0 ? {} : { events: waiting.map(({ event }) => event) }),
    });
    for (const { event, copies } of waiting) this.#webhooks?.send(event.id, copies > 1);
  }

  /** The events, and how often each is sent: a dropped one never, as if Stripe had lost it. */
  #newEvents(outcome: Outcome, cause: ChangeCause): { event: PendingEvent; copies: number }[] {
    if (this.#webhooks === undefined || outcome.intent === undefined) return [];
    const { endpoint, requestId, idempotencyKey } = cause;
    const about = { livemode: isLive(outcome.intent), requestId, idempotencyKey };
    return (outcome.events ?? []).map(({ type, object }) => {
      const event = newEvent(type, object, about);
      if (this.#faults.strike('drop_webhook', endpoint) !== undefined) return { event, copies: 0 };
      return { event, copies: this.#faults.strike('duplicate_webhook', endpoint) === undefined ? 1 : 2 };
    });
  }
}
