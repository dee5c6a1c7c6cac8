import { rateWindow } from '../../../src/queue/gateway-rate.js';
import { Control } from '../../support/sandbox.js';
import { PaymentQueue } from '../payment-queue.js';
import type { Stand } from '../stand.js';
import type { TargetId } from '../targets.js';
import type { Benchmark } from './benchmark.js';
import { payAll } from './worker-payments.js';

/** Stripe's default for an endpoint, which the workers here use up. */
const LIMIT = 25;
/** The windows of a round, at least: in a shorter one its first and its last count too much. */
const MIN_ROUND_MS = 10_000;
const ENDPOINTS = ['payment_intents.create', 'payment_intents.confirm'];
/** The workers of each part, and the target that says how much of the limit they use. */
const PARTS: readonly (readonly [workers: number, id: TargetId])[] = [
  [1, 'rate'],
  [2, 'rate2'],
];

/** Workers with GATEWAY_REQUESTS_PER_SECOND at exactly the gateway's limit, and a queue full of charges. */
export const gatewayRate: Benchmark = {
  ids: ['rate', 'rate2', 'rate429'],
  what: `charges at a gateway that takes ${LIMIT} requests a second and endpoint`,
  async run(stand, report, { rounds, roundMs }) {
    const queue = new PaymentQueue(stand.redis.url);
    stand.onStop(() => queue.close());
    const sandbox = new Control(stand.sandbox.url);
    const count = (LIMIT * Math.max(roundMs, MIN_ROUND_MS)) / 1_000;
    for (const [workers, id] of PARTS) {
      await stand.startServer({ ROLE: 'worker', GATEWAY_REQUESTS_PER_SECOND: String(LIMIT) });
      for (let round = 1; round <= rounds; round += 1) {
        const { used, refused } = await payAtLimit(stand, queue, sandbox, count);
        report.progress(`  ${workers} worker${workers === 1 ? '' : 's'}, ${count} charges`);
        report.sample(id, used);
        report.sample('rate429', refused);
      }
    }
  },
};

interface Shares {
  /** Of the limit. */
  readonly used: number;
  /** Of the requests, by a 429. */
  readonly refused: number;
}

async function payAtLimit(
  stand: Stand,
  queue: PaymentQueue,
  sandbox: Control,
  count: number,
): Promise<Shares> {
  await sandbox.clearFaults();
  await sandbox.addFault({ kind: 'rate_limit', perSecond: LIMIT });
  const before = await requests(sandbox);
  const { rate } = await payAll(stand, queue, count);
  const refused = (await sandbox.faults()).reduce((sum, { struck }) => sum + struck, 0);
  const seconds = (count - 1) / rate;
  // The first window's payments end when the seconds begin.
  const paid = count - rateWindow(LIMIT).max;
  return { used: paid / seconds / LIMIT, refused: refused / ((await requests(sandbox)) - before) };
}

async function requests(sandbox: Control): Promise<number> {
  const counts = await sandbox.requests();
  return ENDPOINTS.reduce((sum, endpoint) => sum + (counts[endpoint] ?? 0), 0);
}
