import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { graphqlRequest, LeanConnection } from './lean-client.js';

const QUERY = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { replayed order { id status version total { amount currency } } } }
}`;
const SKUS = ['cup-espresso', 'jug-milk', 'grinder-hand', 'brewer-moka-6'];

/** Orders of two lines, as a frontend sends them. */
export function newInput(number) {
  return {
    idempotencyKey: randomUUID(),
    items: [
      { sku: SKUS[number % 4], quantity: 1 + (number % 3) },
      { sku: SKUS[(number + 1) % 4], quantity: 1 },
    ],
    paymentMethod: 'pm_card_visa',
  };
}

/** Sends orders to an api process, and tells `acknowledge` the key of each one that was made. */
export class Load {
  #sent = 0;
  #idle = [];

  /** @param url a process's, or a list of them, asked in turn */
  constructor({ url, tokens, acknowledge = () => undefined }) {
    this.targets = [url].flat().map((one) => new URL(one));
    this.tokens = tokens;
    this.acknowledge = acknowledge;
  }

  /** Latencies of orders that are made one after another, in ms. @param pauseMs between two of them */
  async single(count, pauseMs = 0) {
    const latenciesMs = [];
    for (let index = 0; index < count; index += 1) {
      const sentAt = performance.now();
      const answer = await this.create();
      latenciesMs.push(performance.now() - sentAt);
      if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
      if (pauseMs > 0) await delay(pauseMs);
    }
    return latenciesMs;
  }

  /**
   * Closed loop: each connection sends its next order when the last one is answered.
   * @returns orders a second, how many there were, and their latencies in ms
   * @throws where one is refused
   */
  async closed(connections, durationMs) {
    const start = performance.now();
    const latenciesMs = [];
    const client = async () => {
      for (let sentAt = start; sentAt - start < durationMs;) {
        const answer = await this.create();
        if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
        const now = performance.now();
        latenciesMs.push(now - sentAt);
        sentAt = now;
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
    const seconds = (performance.now() - start) / 1_000;
    return { rate: latenciesMs.length / seconds, created: latenciesMs.length, latenciesMs };
  }

  /**
   * Open loop: so many orders a second, whatever becomes of them, each timed from the moment that it was due.
   * @param connections at most so many orders are under way; who finds none free waits, and the wait is counted
   */
  async open(rate, durationMs, connections) {
    await this.#connect(connections);
    const start = performance.now();
    const result = { created: [], shed: [], failed: 0 };
    const waiting = [];
    let open = 0;
    const next = () => {
      if (waiting.length === 0 || open >= connections) return;
      const scheduledAt = waiting.shift();
      open += 1;
      this.create()
        .then(
          (answer) => note(result, answer, performance.now() - scheduledAt),
          () => (result.failed += 1),
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
    return { ...result, goodput: result.created.length / seconds, shedRate: result.shed.length / seconds };
  }

  /** How long it takes until five orders in a row are made as quickly, in ms. */
  async untilAsQuickAs(boundMs) {
    const start = performance.now();
    for (;;) {
      const at = performance.now() - start;
      if ((await this.single(5)).every((ms) => ms <= boundMs) || at > 30_000) return at;
    }
  }

  close() {
    for (const connection of this.#idle) connection.close();
  }

  /** Sends an order, by default one that nobody has asked for before. */
  async create(input = newInput(this.#sent)) {
    const token = this.tokens[this.#sent % this.tokens.length];
    this.#sent += 1;
    const connection = this.#idle.pop() ?? this.#connection();
    const answer = await connection.send(
      graphqlRequest(token, JSON.stringify({ query: QUERY, variables: { input } })),
    );
    this.#idle.push(connection);
    if (isCreated(answer)) this.acknowledge(input.idempotencyKey);
    return answer;
  }

  #connection() {
    return new LeanConnection(this.targets[this.#sent % this.targets.length]);
  }

  async #connect(connections) {
    while (this.#idle.length < connections) {
      const connection = this.#connection();
      await connection.send('GET /health/live HTTP/1.1\r\nhost: bench\r\n\r\n');
      this.#idle.push(connection);
    }
  }
}

function note(result, answer, ms) {
  if (isCreated(answer)) result.created.push(ms);
  else if (answer.status === 503 && answer.body.includes('"SERVICE_UNAVAILABLE"')) result.shed.push(ms);
  else result.failed += 1;
}

export function isCreated({ body }) {
  return body.includes('"replayed":false');
}
