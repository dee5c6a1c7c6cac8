import { percentile } from '../figures.js';
import type { HttpAnswer } from '../lean-client.js';
import { type CreateOrderInput, Load, newInput } from '../load.js';
import { cpuSeconds } from '../processes.js';
import type { Benchmark } from './benchmark.js';

const CONNECTIONS = 64;
/** How often each key is sent again ... */
const REPEATS = 9;
/** ... with this many at once, by clients whose timeouts end together. */
const AT_ONCE = 5;
const KEYS = 2_000;
/** This share of the maximum as fresh orders, with nine repetitions each, leaves room for both. */
const FRESH_SHARE = 0.05;

/** Clients that send each order ten times: the cost of a replay, and its effect on the latency of fresh orders. */
export const retryStorm: Benchmark = {
  ids: ['P12', 'P12b'],
  what: `each order sent ${REPEATS + 1} times; fresh ones at ${FRESH_SHARE * 100} % of the maximum`,
  async run(stand, report, { rounds, roundMs }) {
    const { url, pid } = await stand.startServer({ ROLE: 'api' });
    const { acknowledge } = stand;
    const load = new Load({ url, tokens: stand.tokens, acknowledge });
    // Keys belong to a customer.
    const repeats = new Repeats({ url, tokens: stand.tokens.slice(0, 1), acknowledge });
    const cpu = () => cpuSeconds(pid) + cpuSeconds(stand.postgres.pid);
    await load.closed(CONNECTIONS, roundMs);
    for (let round = 1; round <= rounds; round += 1) {
      const { rate } = await load.closed(CONNECTIONS, roundMs);
      repeats.inputs = Array.from({ length: KEYS }, (_, number) => newInput(number));
      const start = cpu();
      await repeats.send(repeats.inputs);
      const created = cpu();
      await repeats.send(Array.from({ length: REPEATS }, () => repeats.inputs).flat());
      const [create, replay] = [(created - start) / KEYS, (cpu() - created) / KEYS / REPEATS];
      report.progress(`  a create ${us(create)}, a replay ${us(replay)} of CPU; ${rate.toFixed(0)} orders/s`);
      report.sample('P12', replay / create);
      const fresh = rate * FRESH_SHARE;
      const calm = await load.open(fresh, roundMs, CONNECTIONS);
      const [stormy, storm] = await Promise.all([
        load.open(fresh, roundMs, CONNECTIONS),
        repeats.open(fresh * REPEATS, roundMs, CONNECTIONS),
      ]);
      const [without, within] = [percentile(calm.created, 0.99), percentile(stormy.created, 0.99)];
      report.progress(
        `  ${fresh.toFixed(0)} fresh orders/s: 99th percentile ${without.toFixed(1)} ms, in the storm ${within.toFixed(1)} ms`,
      );
      if (calm.failed + stormy.failed + storm.created.length + repeats.wrong > 0)
        throw new Error('an order was refused, or a repetition was not a replay');
      report.sample('P12b', within / without);
    }
    load.close();
    repeats.close();
  },
};

/** Sends the same orders over and over, some at once. */
class Repeats extends Load {
  inputs: readonly CreateOrderInput[] = [];
  wrong = 0;
  private repeated = 0;

  override async create(input = this.next()): Promise<HttpAnswer> {
    const answer = await super.create(input);
    if (!/"replayed":(true|false)/.test(answer.body)) this.wrong += 1;
    return answer;
  }

  /** Sends all inputs as fast as the connections allow. */
  async send(inputs: readonly CreateOrderInput[]): Promise<void> {
    const left = inputs.values();
    const client = async () => {
      for (const input of left) await this.create(input);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
  }

  private next(): CreateOrderInput | undefined {
    const index = Math.floor(this.repeated / AT_ONCE);
    this.repeated += 1;
    return this.inputs[index % this.inputs.length];
  }
}

function us(seconds: number): string {
  return `${(seconds * 1e6).toFixed(0)} µs`;
}
