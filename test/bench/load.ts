import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { graphqlRequest, type HttpAnswer, LeanConnection } from './lean-client.js';

/** The input of createOrder, as a frontend sends it. */
export interface CreateOrderInput {
  readonly idempotencyKey: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly paymentMethod: string;
}

/** The result of a closed loop. */
export interface ClosedLoop {
  /** Orders a second. */
  readonly rate: number;
  readonly created: number;
}

/** The result of an open loop: latencies of orders and of refusals in ms, and the number of other failures. */
export interface OpenLoop {
  readonly created: readonly number[];
  readonly shed: readonly number[];
  readonly failed: number;
  /** Orders a second. */
  readonly goodput: number;
  /** Refusals a second. */
  readonly shedRate: number;
}

export interface LoadOptions {
  /** The URL of an api process. */
  readonly url: string;
  readonly tokens: readonly string[];
  /** Called with the key of each order that was made. */
  readonly acknowledge?: (idempotencyKey: string) => void;
}

const QUERY = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { replayed order { id status version total { amount currency } } } }
}`;
const SKUS = ['cup-espresso', 'jug-milk', 'grinder-hand', 'brewer-moka-6'] as const;

/** Orders of two lines, as a frontend sends them. */
export function newInput(number: number): CreateOrderInput {
  const sku = (index: number) => SKUS[index % SKUS.length] ?? SKUS[0];
  return {
    idempotencyKey: randomUUID(),
    items: [
      { sku: sku(number), quantity: 1 + (number % 3) },
      { sku: sku(number + 1), quantity: 1 },
    ],
    paymentMethod: 'pm_card_visa',
  };
}

/** Sends orders to an api process. */
export class Load {
  private sent = 0;
  private readonly idle: LeanConnection[] = [];
  private readonly target: URL;
  private readonly tokens: readonly string[];
  private readonly acknowledge: (idempotencyKey: string) => void;

  constructor({ url, tokens, acknowledge = () => undefined }: LoadOptions) {
    this.target = new URL(url);
    this.tokens = tokens;
    this.acknowledge = acknowledge;
  }

  /** Latencies of orders that are made one after another, in ms. */
  async single(count: number): Promise<number[]> {
    const latenciesMs: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const sentAt = performance.now();
      const answer = await this.create();
      latenciesMs.push(performance.now() - sentAt);
      if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
    }
    return latenciesMs;
  }

  /**
   * Closed loop: each connection sends its next order when the last one is answered.
   * @throws if one is refused
   */
  async closed(connections: number, durationMs: number): Promise<ClosedLoop> {
    const start = performance.now();
    let created = 0;
    const client = async () => {
      while (performance.now() - start < durationMs) {
        const answer = await this.create();
        if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
        created += 1;
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
    const seconds = (performance.now() - start) / 1_000;
    return { rate: created / seconds, created };
  }

  /**
   * Open loop: a fixed rate of orders a second, each timed from when it was due.
   * @param connections the maximum of orders in progress; a wait for a free one counts into the latency
   */
  async open(rate: number, durationMs: number, connections: number): Promise<OpenLoop> {
    await this.connect(connections);
    const start = performance.now();
    const [created, shed]: [number[], number[]] = [[], []];
    let failed = 0;
    const note = (answer: HttpAnswer, ms: number) => {
      if (isCreated(answer)) created.push(ms);
      else if (isShed(answer)) shed.push(ms);
      else failed += 1;
    };
    const waiting: number[] = [];
    let open = 0;
    const next = () => {
      if (open >= connections) return;
      const scheduledAt = waiting.shift();
      if (scheduledAt === undefined) return;
      open += 1;
      void this.create()
        .then(
          (answer) => {
            note(answer, performance.now() - scheduledAt);
          },
          () => {
            failed += 1;
          },
        )
        .finally(() => {
          open -= 1;
          next();
        });
    };
    for (let sent = 0; performance.now() - start < durationMs;) {
      for (const due = ((performance.now() - start) / 1_000) * rate; sent < due; sent += 1) {
        waiting.push(start + (sent / rate) * 1_000);
        next();
      }
      await delay(1);
    }
    while (open > 0) await delay(5);
    const seconds = (performance.now() - start) / 1_000;
    return { created, shed, failed, goodput: created.length / seconds, shedRate: shed.length / seconds };
  }

  /** How long it takes until five orders in a row are this fast, in ms. */
  async untilAsQuickAs(boundMs: number): Promise<number> {
    const start = performance.now();
    for (;;) {
      const at = performance.now() - start;
      if ((await this.single(5)).every((ms) => ms <= boundMs) || at > 30_000) return at;
    }
  }

  close(): void {
    for (const connection of this.idle) connection.close();
  }

  /** Sends an order, by default with a new key. */
  async create(input = newInput(this.sent)): Promise<HttpAnswer> {
    const token = this.tokens[this.sent % this.tokens.length] ?? '';
    this.sent += 1;
    const connection = this.idle.pop() ?? new LeanConnection(this.target);
    const answer = await connection.send(
      graphqlRequest(token, JSON.stringify({ query: QUERY, variables: { input } })),
    );
    this.idle.push(connection);
    if (isCreated(answer)) this.acknowledge(input.idempotencyKey);
    return answer;
  }

  private async connect(connections: number): Promise<void> {
    while (this.idle.length < connections) {
      const connection = new LeanConnection(this.target);
      await connection.send('GET /health/live HTTP/1.1\r\nhost: bench\r\n\r\n');
      this.idle.push(connection);
    }
  }
}

export function isCreated({ body }: HttpAnswer): boolean {
  return body.includes('"replayed":false');
}

function isShed({ status, body }: HttpAnswer): boolean {
  return status === 503 && body.includes('"SERVICE_UNAVAILABLE"');
}

/** The id in the answer of an order that was made. */
export function orderIdIn({ body }: HttpAnswer): string {
  if (!body.includes('"replayed":')) throw new Error(`createOrder answered ${body}`);
  const { data } = JSON.parse(body) as { data: { createOrder: { order: { id: string } } } };
  return data.createOrder.order.id;
}
