import type { Benchmark } from './benchmark.js';
import { confirmation } from './confirmation.js';
import { fanOut } from './fan-out.js';
import { gatewayRate } from './gateway-rate.js';
import { heldTransaction } from './held-transaction.js';
import { idleSubscriptions } from './idle-subscriptions.js';
import { intake } from './intake.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { overload } from './overload.js';
import { redisOutage } from './redis-outage.js';
import { refusedOrders } from './refused-orders.js';
import { relayBacklog } from './relay-backlog.js';
import { relayLag } from './relay-lag.js';
import { retryStorm } from './retry-storm.js';
import { size } from './size.js';
import { startUp } from './start-up.js';
import { workerPayments } from './worker-payments.js';

/** In the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  intake,
  latency,
  confirmation,
  relayBacklog,
  relayLag,
  workerPayments,
  gatewayRate,
  refusedOrders,
  redisOutage,
  fanOut,
  idleSubscriptions,
  size,
  retryStorm,
  heldTransaction,
  startUp,
  memory,
  overload,
];
