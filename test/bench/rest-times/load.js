import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signToken } from '../../../dist/dev/tokens.js';
import { SECRET } from './system.js';

const QUERY = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id } } }
}`;
const CUSTOMERS = 10;
/** Together twenty orders a second: two workers have room to catch up on two cores. */
const PAUSE_MS = 500;
/** What a careful client waits after a cut connection; an answer says itself how long to wait. */
const RETRY_PAUSE_MS = 100;
/** Above what any answer may take. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Customers who place one order after the other, and repeat a request until it is acknowledged. */
export class Load {
  constructor(system) {
    this.system = system;
    /** Acknowledged orders, with the moment. */
    this.acknowledged = [];
    /** Answers that no fault may cause. */
    this.lies = [];
    this.stopping = false;
  }

  async start() {
    this.token = await signToken(SECRET, { sub: 'rest-times', lifetimeSeconds: 7_200 });
    this.customers = Promise.all(Array.from({ length: CUSTOMERS }, (_, index) => this.customer(index)));
  }

  /** Resolves when the last request is acknowledged. */
  async stop() {
    this.stopping = true;
    await this.customers;
  }

  async customer(index) {
    await delay((PAUSE_MS / CUSTOMERS) * index);
    while (!this.stopping) {
      await this.placeOrder(index);
      await delay(PAUSE_MS);
    }
  }

  async placeOrder(index) {
    const input = {
      idempotencyKey: randomUUID(),
      items: [{ sku: 'cup-espresso', quantity: 1 }],
      paymentMethod: 'pm_card_visa',
    };
    for (let attempt = index; ; attempt += 1) {
      const { apiUrls } = this.system;
      const answer = await this.send(apiUrls[attempt % apiUrls.length], input);
      if (answer.id !== undefined) {
        this.acknowledged.push({ id: answer.id, at: performance.now() });
        return;
      }
      await delay(answer.retryAfterMs);
    }
  }

  async send(url, input) {
    let answer;
    try {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body: JSON.stringify({ query: QUERY, variables: { input } }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      answer = await response.json();
    } catch {
      return { retryAfterMs: RETRY_PAUSE_MS };
    }
    const id = answer.data?.createOrder?.order?.id;
    if (id !== undefined) return { id };
    const { retryable, retryAfterMs } = answer.errors?.[0]?.extensions ?? {};
    if (retryable !== true) this.lies.push(JSON.stringify(answer));
    return { retryAfterMs: retryAfterMs ?? RETRY_PAUSE_MS };
  }
}
