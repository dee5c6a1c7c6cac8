import { Agent, request as httpRequest } from 'node:http';
import type { Store } from './store.js';
import { signatureHeader } from './webhook-events.js';

const CONCURRENCY = 16;
const REQUEST_TIMEOUT_MS = 10_000;
const LONGEST_RETRY_MS = 30_000;
const LONGEST_PAUSE_MS = 2_000;

/** Where and how events are sent. */
export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  /** 0..1: how likely an event comes twice, and how likely it comes late */
  readonly chaos: number;
  /** the wait before the second attempt, doubled for each further one */
  readonly retryMs: number;
  readonly random: () => number;
}

interface Delivery {
  readonly id: string;
  attempts: number;
  /** how often it has yet to be answered with 2xx */
  copies: number;
}

/**
 * Delivers events at least once: each is tried until it is answered with 2xx. In memory there is only an
 * event's id; its body is read from the journal when it is sent.
 */
export class WebhookSender {
  readonly #store: Store;
  readonly #options: WebhookOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  readonly #timers = new Set<NodeJS.Timeout>();
  #ready: Delivery[] = [];
  #next = 0;
  #active = 0;
  #pumpIsDue = false;
  #failuresInARow = 0;
  #paused = false;
  #closed = false;
  #delivered: string[] = [];

  constructor(store: Store, options: WebhookOptions) {
    this.#store = store;
    this.#options = options;
    for (const id of store.pendingEventIds()) this.#push({ id, attempts: 0, copies: 1 });
  }

  /** Takes on an event that is in the journal. */
  send(id: string, sendTwice: boolean): void {
    const { chaos, random } = this.#options;
    const delivery = { id, attempts: 0, copies: sendTwice || random() < chaos ? 2 : 1 };
    // A late event is overtaken by the ones behind it.
    if (random() < chaos) this.#later(delivery, 50 + random() * 450);
    else this.#push(delivery);
  }

  /** Stops at once. What was not answered with 2xx is still pending in the journal. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#agent.destroy();
    this.#noteDelivered();
  }

  #push(delivery: Delivery): void {
    this.#ready.push(delivery);
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    setImmediate(() => {
      this.#pumpIsDue = false;
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
    while (!this.#closed && !this.#paused && this.#active < CONCURRENCY) {
      const delivery = this.#ready[this.#next];
      if (delivery === undefined) {
        this.#ready = [];
        this.#next = 0;
        return;
      }
      this.#next += 1;
      if (this.#next === 1024) {
        this.#ready = this.#ready.slice(this.#next);
        this.#next = 0;
      }
      this.#attempt(delivery);
    }
  }

  #attempt(delivery: Delivery): void {
    const event = this.#store.readEvent(delivery.id);
    if (event === undefined) return;
    this.#active += 1;
    delivery.attempts += 1;
    this.#post(JSON.stringify(event.body), (answered) => {
      this.#active -= 1;
      if (this.#closed) return;
      if (answered) this.#succeeded(delivery);
      else this.#failed(delivery);
      this.#pump();
    });
  }

  /** Sends one request, and tells once whether it was answered with 2xx. */
  #post(payload: string, done: (answered: boolean) => void): void {
    const signature = signatureHeader(payload, this.#options.secret, Math.floor(Date.now() / 1000));
    const request = httpRequest(this.#options.url, {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(payload),
        'Stripe-Signature': signature,
        'User-Agent': 'Stripe/1.0 (payment sandbox)',
      },
    });
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), REQUEST_TIMEOUT_MS);
    let answered = false;
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        answered = status >= 200 && status < 300;
      });
    });
    // A failed request is closed as well; what failed makes no difference to the next attempt.
    request.on('error', () => undefined);
    request.on('close', () => {
      clearTimeout(timer);
      done(answered);
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
    if (this.#delivered.length === 1) {
      setImmediate(() => {
        this.#noteDelivered();
      });
    }
  }

  /** One line for all that was delivered meanwhile. Where the process dies before it, they are sent again. */
  #noteDelivered(): void {
    if (this.#delivered.length === 0) return;
    const delivered = this.#delivered;
    this.#delivered = [];
    this.#store.record({ delivered });
  }

  #failed(delivery: Delivery): void {
    const wait = this.#options.retryMs * 2 ** Math.min(delivery.attempts - 1, 10);
    this.#later(delivery, Math.min(wait, LONGEST_RETRY_MS));
    this.#failuresInARow += 1;
    if (this.#failuresInARow < CONCURRENCY || this.#paused) return;
    // Nobody is listening: a long queue must not keep the processor busy with vain attempts.
    this.#paused = true;
    const pause = this.#options.retryMs * 2 ** Math.min(this.#failuresInARow - CONCURRENCY, 10);
    this.#after(Math.min(pause, LONGEST_PAUSE_MS), () => {
      this.#paused = false;
      this.#pump();
    });
  }
}
