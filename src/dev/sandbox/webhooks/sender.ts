import { Agent, request as httpRequest } from 'node:http';
import type { SandboxSettings } from '../settings.js';
import type { Store } from '../state/store.js';
import { signatureHeader } from './events.js';

const MAX_CONCURRENCY = 16;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_RETRY_MS = 30_000;
const MAX_PAUSE_MS = 2_000;

interface Delivery {
  readonly id: string;
  attempts: number;
  /** how many 2xx responses it still needs */
  copies: number;
}

/**
 * Delivers events at least once, each until it gets a 2xx response. Only the events' ids are kept in memory; the bodies
 * are read from the journal.
 */
export class WebhookSender {
  readonly #store: Store;
  readonly #settings: SandboxSettings;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_CONCURRENCY });
  readonly #timers = new Set<NodeJS.Timeout>();
  /** In sending order. */
  readonly #ready = new Set<Delivery>();
  #active = 0;
  #pumpScheduled = false;
  #failuresInARow = 0;
  #paused = false;
  #closed = false;
  #delivered: string[] = [];

  constructor(store: Store, settings: SandboxSettings) {
    this.#store = store;
    this.#settings = settings;
    for (const id of store.pendingEventIds()) this.#push({ id, attempts: 0, copies: 1 });
  }

  /** Sends an event from the journal. */
  send(id: string, sendTwice: boolean): void {
    const { webhookChaos: chaos, random } = this.#settings;
    const delivery = { id, attempts: 0, copies: sendTwice || random() < chaos ? 2 : 1 };
    // So that later events overtake it.
    if (random() < chaos) this.#later(delivery, 50 + random() * 450);
    else this.#push(delivery);
  }

  /** Stops at once. Undelivered events stay in the journal. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#agent.destroy();
    this.#noteDelivered();
  }

  /** Sent after the response to the request that caused it. */
  #push(delivery: Delivery): void {
    this.#ready.add(delivery);
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    setImmediate(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  #later(delivery: Delivery, milliseconds: number): void {
    this.#after(milliseconds, () => {
      this.#push(delivery);
    });
  }

  #after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #pump(): void {
    for (const delivery of this.#ready) {
      if (this.#closed || this.#paused || this.#active >= MAX_CONCURRENCY) return;
      this.#ready.delete(delivery);
      this.#attempt(delivery);
    }
  }

  #attempt(delivery: Delivery): void {
    const event = this.#store.readEvent(delivery.id);
    if (event === undefined) return;
    this.#active += 1;
    delivery.attempts += 1;
    this.#post(JSON.stringify(event.body), (succeeded) => {
      this.#active -= 1;
      if (this.#closed) return;
      if (succeeded) this.#succeeded(delivery);
      else this.#failed(delivery);
      this.#pump();
    });
  }

  /** Calls `done` once. */
  #post(payload: string, done: (succeeded: boolean) => void): void {
    const { webhookUrl = '', webhookSecret } = this.#settings;
    const request = httpRequest(webhookUrl, {
      method: 'POST',
      agent: this.#agent,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(payload),
        'Stripe-Signature': signatureHeader(payload, webhookSecret, Math.floor(Date.now() / 1000)),
        'User-Agent': 'Stripe/1.0 (payment sandbox)',
      },
    });
    let succeeded = false;
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.resume().once('end', () => (succeeded = statusCode >= 200 && statusCode < 300));
    });
    // 'close' follows, and the error makes no difference to the next attempt.
    request.on('error', () => undefined);
    request.once('close', () => {
      done(succeeded);
    });
    request.end(payload);
  }

  #succeeded(delivery: Delivery): void {
    this.#failuresInARow = 0;
    delivery.copies -= 1;
    if (delivery.copies > 0) {
      this.#push(delivery);
      return;
    }
    this.#delivered.push(delivery.id);
    if (this.#delivered.length > 1) return;
    setImmediate(() => {
      this.#noteDelivered();
    });
  }

  /** One line for several events. If the process dies before, they are sent again. */
  #noteDelivered(): void {
    if (this.#delivered.length === 0) return;
    const delivered = this.#delivered;
    this.#delivered = [];
    this.#store.record({ delivered });
  }

  #failed(delivery: Delivery): void {
    const { webhookRetryMs: retryMs } = this.#settings;
    const retryDelayMs = retryMs * 2 ** Math.min(delivery.attempts - 1, 10);
    this.#later(delivery, Math.min(retryDelayMs, MAX_RETRY_MS));
    this.#failuresInARow += 1;
    if (this.#failuresInARow < MAX_CONCURRENCY || this.#paused) return;
    // The receiver is down: pause, since attempts for a long queue would only cost CPU time.
    this.#paused = true;
    const pause = retryMs * 2 ** Math.min(this.#failuresInARow - MAX_CONCURRENCY, 10);
    this.#after(Math.min(pause, MAX_PAUSE_MS), () => {
      this.#paused = false;
      this.#pump();
    });
  }
}
