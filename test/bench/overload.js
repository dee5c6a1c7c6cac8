import { setTimeout as delay } from 'node:timers/promises';
import { graphqlRequest, LeanConnection } from './lean-client.js';
import { newOrderBody } from './create-orders.js';
import { median, percentile } from './figures.js';

/** Enough to keep one process busy. */
const CLOSED_CONNECTIONS = 64;
/** What load balancers have open to one process; who finds none free waits, and the wait is counted. */
const OPEN_CONNECTIONS = 1_000;

/**
 * One api process, first as fast as it can, then at twice that rate, whether it answers or not (open loop, timed
 * from the scheduled moment), then alone again.
 */
export async function measureOverload({ url, tokens, roundMs }) {
  const load = new Load(url, tokens);
  const idleMs = await load.single(20);
  const maximum = await load.closed(CLOSED_CONNECTIONS, roundMs);
  const twice = await load.open(maximum.rate * 2, roundMs);
  const recoveredMs = await load.untilAsQuickAs(median(idleMs) * 2);
  load.close();
  return { maximum: maximum.rate, ...twice, ratio: twice.goodput / maximum.rate, recoveredMs };
}

class Load {
  #sent = 0;
  #idle = [];

  constructor(url, tokens) {
    this.target = new URL(url);
    this.tokens = tokens;
  }

  /** Latencies of orders that are made one after another, in ms. */
  async single(count) {
    const latenciesMs = [];
    for (let index = 0; index < count; index += 1) {
      const sentAt = performance.now();
      await this.#create();
      latenciesMs.push(performance.now() - sentAt);
    }
    return latenciesMs;
  }

  /** Each connection sends its next order when the last one is answered. @throws where one is refused */
  async closed(connections, durationMs) {
    const start = performance.now();
    let created = 0;
    const client = async () => {
      while (performance.now() - start < durationMs) {
        const answer = await this.#create();
        if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
        created += 1;
      }
    };
    await Promise.all(Array.from({ length: connections }, client));
    return { rate: (created / (performance.now() - start)) * 1_000 };
  }

  /** So many orders a second, whatever becomes of them, over connections that are there. */
  async open(rate, durationMs) {
    while (this.#idle.length < OPEN_CONNECTIONS) {
      const connection = new LeanConnection(this.target);
      await connection.send('GET /health/live HTTP/1.1\r\nhost: bench\r\n\r\n');
      this.#idle.push(connection);
    }
    const start = performance.now();
    const result = { created: [], shed: [], failed: 0 };
    const waiting = [];
    let open = 0;
    const next = () => {
      if (waiting.length === 0 || open >= OPEN_CONNECTIONS) return;
      const scheduledAt = waiting.shift();
      open += 1;
      this.#create()
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
    return {
      goodput: result.created.length / seconds,
      shedRate: result.shed.length / seconds,
      failed: result.failed,
      createdP99Ms: percentile(result.created, 0.99),
      shedP99Ms: percentile(result.shed, 0.99),
    };
  }

  /** How long it takes until five orders in a row are made as quickly. */
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

  async #create() {
    const token = this.tokens[this.#sent % this.tokens.length];
    this.#sent += 1;
    const connection = this.#idle.pop() ?? new LeanConnection(this.target);
    const answer = await connection.send(graphqlRequest(token, newOrderBody()));
    this.#idle.push(connection);
    return answer;
  }
}

function note(result, answer, ms) {
  if (isCreated(answer)) result.created.push(ms);
  else if (answer.status === 503 && answer.body.includes('"SERVICE_UNAVAILABLE"')) result.shed.push(ms);
  else result.failed += 1;
}

function isCreated({ body }) {
  return body.includes('"replayed":false');
}
