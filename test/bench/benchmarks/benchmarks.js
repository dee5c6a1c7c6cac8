import { confirmation } from './confirmation.js';
import { intake } from './intake.js';
import { latency } from './latency.js';
import { overload } from './overload.js';
import { redisOutage } from './redis-outage.js';
import { relayBacklog } from './relay-backlog.js';
import { relayLag } from './relay-lag.js';
import { workerPayments } from './worker-payments.js';

/** In the order in which they run. */
export const BENCHMARKS = [
  intake,
  latency,
  overload,
  confirmation,
  relayBacklog,
  relayLag,
  workerPayments,
  redisOutage,
];
