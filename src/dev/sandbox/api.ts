import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Changes } from './changes.js';
import { readIdempotencyKey, requireKey } from './credentials.js';
import type { Faults } from './faults.js';
import { type FormRecord, parseForm } from './form-body.js';
import { readBody, sendJson } from './http-body.js';
import { fingerprintOf, type SavedKey } from './idempotency.js';
import { newIdentifier } from './identifiers.js';
import type { Outcome } from './records.js';
import type { RequestCounts } from './request-counts.js';
import { findRoute, orderOf, prepare, type Route } from './routes.js';
import type { Store } from './store.js';
import {
  errorBody,
  internalError,
  invalidParameter,
  rateLimited,
  StripeProblem,
  unrecognizedUrl,
} from './stripe-error.js';
import { API_VERSION } from './webhook-events.js';
import { misreport } from './wrong-charges.js';

/** What the API works with. */
export interface ApiParts {
  readonly store: Store;
  readonly faults: Faults;
  readonly counts: RequestCounts;
  readonly changes: Changes;
  readonly secretKey: string;
  /** added to each answer, in milliseconds */
  readonly latencyMs: number;
}

interface ApiRequest {
  readonly id: string;
  readonly route: Route;
  readonly form: FormRecord;
  readonly key: string | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
  /** whether the endpoint did its work, now or when the answer was saved */
  readonly worked: boolean;
}

/** Answers the requests to Stripe's API, with the faults in force. */
export class Api {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /**
   * Answers one request, or cuts or holds its connection where a fault says so.
   *
   * @throws Error where the connection broke, or the journal cannot be written
   */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = findRoute(method, path);
    const { faults } = this.#parts;
    if (faults.strike('outage', route?.endpoint) !== undefined) {
      request.socket.resetAndDestroy();
      return;
    }
    const id = newIdentifier('req_', 14);
    const text = method === 'POST' ? await readBody(request) : query;
    const answer = await this.#answer(request, { id, method, path, route, text });
    if (answer.worked && faults.strike('charged_then_reset', route?.endpoint) !== undefined) {
      request.socket.resetAndDestroy();
      return;
    }
    // The connection stays open until the client gives up.
    if (answer.worked && faults.strike('charged_then_timeout', route?.endpoint) !== undefined) return;
    const key = request.headers['idempotency-key'];
    sendJson(response, answer.status, answer.body, {
      'Request-Id': id,
      'Stripe-Version': API_VERSION,
      ...(typeof key === 'string' ? { 'Idempotency-Key': key } : {}),
      ...answer.headers,
    });
  }

  async #answer(
    request: IncomingMessage,
    received: {
      id: string;
      method: string;
      path: string;
      route: Route | undefined;
      text: string | undefined;
    },
  ): Promise<Answer> {
    const { route, method, path, text } = received;
    try {
      requireKey(request.headers.authorization, this.#parts.secretKey);
      if (route === undefined) throw unrecognizedUrl(method, path);
      if (text === undefined) throw invalidParameter('The request is too large.');
      const form = parseForm(text);
      this.#parts.counts.note(route.endpoint, orderOf(route, this.#parts.store.books, form));
      this.#limitRate(route);
      const key = method === 'POST' ? readIdempotencyKey(request.headers['idempotency-key']) : undefined;
      return await this.#serve({ id: received.id, route, form, key }, path);
    } catch (error) {
      if (!(error instanceof StripeProblem)) throw error;
      const { status, fields, headers } = error;
      return { status, body: errorBody(fields), headers, worked: false };
    }
  }

  /** Replays the key's answer, or does the work. */
  async #serve(request: ApiRequest, path: string): Promise<Answer> {
    const { keys, books } = this.#parts.store;
    const { key, route, form } = request;
    if (key === undefined) return await this.#work(request, undefined, prepare(route, books, form));
    const fingerprint = fingerprintOf(path, form);
    const saved = keys.find(key, fingerprint);
    if (saved !== undefined) return await this.#replay(route, saved);
    const work = prepare(route, books, form);
    keys.claim(key, fingerprint);
    try {
      return await this.#work(request, { key, fingerprint }, work);
    } finally {
      keys.release(key);
    }
  }

  async #replay(route: Route, saved: SavedKey): Promise<Answer> {
    await this.#delay(route);
    return {
      status: saved.status,
      body: this.#parts.store.readAnswer(saved.location),
      headers: {
        'Idempotent-Replayed': 'true',
        'Original-Request': saved.requestId,
        ...retryAdvice(saved.status, true),
      },
      worked: saved.status < 500,
    };
  }

  /** Does the work in one step: nothing else runs between a look into the books and the change. */
  async #work(
    request: ApiRequest,
    claim: { key: string; fingerprint: string } | undefined,
    work: () => Outcome,
  ): Promise<Answer> {
    await this.#delay(request.route);
    const outcome = this.#run(request.route, work);
    const { status, body } = outcome;
    const { id: requestId, route, key: idempotencyKey } = request;
    this.#parts.changes.write(outcome, {
      ...{ endpoint: route.endpoint, requestId, idempotencyKey },
      ...(claim === undefined ? {} : { answer: { ...claim, status, requestId, at: Date.now(), body } }),
    });
    return { status, body, headers: retryAdvice(status, claim !== undefined), worked: status < 500 };
  }

  /** Errors of a request whose work began are an outcome like any other: they are saved under its key. */
  #run(route: Route, work: () => Outcome): Outcome {
    try {
      if (this.#parts.faults.strike('http_500', route.endpoint) !== undefined) throw internalError();
      if (route.endpoint === 'payment_intents.confirm') misreport(this.#parts, route.id);
      return work();
    } catch (error) {
      if (!(error instanceof StripeProblem) || !error.began) throw error;
      return { status: error.status, body: errorBody(error.fields) };
    }
  }

  #limitRate({ endpoint }: Route): void {
    const { faults } = this.#parts;
    const fault = faults.strike('http_429', endpoint);
    if (fault !== undefined) throw rateLimited('global-rate', fault.retryAfter);
    if (faults.strike('rate_limit', endpoint) !== undefined) throw rateLimited('endpoint-rate');
  }

  async #delay(route: Route): Promise<void> {
    const fault = this.#parts.faults.strike('latency', route.endpoint);
    const milliseconds = this.#parts.latencyMs + (fault?.latencyMs ?? 0);
    // A sandbox that was closed meanwhile must not keep its process alive for it.
    if (milliseconds > 0) await sleep(milliseconds, undefined, { ref: false });
  }
}

/** Stripe asks clients not to retry a failure that their key would only replay. */
function retryAdvice(status: number, keyed: boolean): Record<string, string> {
  return status >= 500 && keyed ? { 'Stripe-Should-Retry': 'false' } : {};
}
