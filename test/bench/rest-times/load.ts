import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { signToken } from '../../../src/dev/tokens.js';
import type { CreateOrderInput } from '../load.js';
import { SECRET, type System } from './system.js';

const QUERY = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id } } }
}`;
const CUSTOMERS = 10;
/** Together twenty orders a second, so that two workers can catch up on two cores. */
const PAUSE_MS = 500;
/** A client's wait after a cut connection; an answer itself says how long to wait. */
const RETRY_PAUSE_MS = 100;
/** Longer than any answer may take. */
const REQUEST_TIMEOUT_MS = 10_000;

interface Acknowledged {
  readonly id: string;
  /** The time by performance.now(). */
  readonly at: number;
}

/** The order's id, or how long to wait before the next attempt. */
type Answer = { readonly id: string } | { readonly retryAfterMs: number };

interface GraphqlAnswer {
  readonly data?: { readonly createOrder?: { readonly order?: { readonly id: string } } } | null;
  readonly errors?: readonly {
    readonly extensions?: { readonly retryable?: boolean; readonly retryAfterMs?: number };
  }[];
}

/** Customers that place one order after the other, and repeat a request until it is acknowledged. */
export class Load {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that are not allowed in any fault. */
  readonly lies: string[] = [];
  private stopping = false;
  private readonly customers: Promise<unknown>;

  private constructor(
    private readonly system: System,
    private readonly token: string,
  ) {
    this.customers = Promise.all(Array.from({ length: CUSTOMERS }, (_, index) => this.customer(index)));
  }

  static async start(system: System): Promise<Load> {
    return new Load(system, await signToken(SECRET, { sub: 'rest-times', lifetimeSeconds: 7_200 }));
  }

  /** Resolves when the last request is acknowledged. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.customers;
  }

  private async customer(index: number): Promise<void> {
    await delay((PAUSE_MS / CUSTOMERS) * index);
    while (!this.stopping) {
      await this.placeOrder(index);
      await delay(PAUSE_MS);
    }
  }

  private async placeOrder(index: number): Promise<void> {
    const input = {
      idempotencyKey: randomUUID(),
      items: [{ sku: 'cup-espresso', quantity: 1 }],
      paymentMethod: 'pm_card_visa',
    };
    for (let attempt = index; ; attempt += 1) {
      const { apiUrls } = this.system;
      const answer = await this.send(apiUrls[attempt % apiUrls.length] ?? '', input);
      if ('id' in answer) {
        this.acknowledged.push({ id: answer.id, at: performance.now() });
        return;
      }
      await delay(answer.retryAfterMs);
    }
  }

  private async send(url: string, input: CreateOrderInput): Promise<Answer> {
    let answer: GraphqlAnswer;
    try {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
        body: JSON.stringify({ query: QUERY, variables: { input } }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      answer = (await response.json()) as GraphqlAnswer;
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
