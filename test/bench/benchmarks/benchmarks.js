import { fanOut } from './fan-out.js';
import { heldTransaction } from './held-transaction.js';
import { idleSubscriptions } from './idle-subscriptions.js';
import { intake } from './intake.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { overload } from './overload.js';
import { retryStorm } from './retry-storm.js';
import { size } from './size.js';
import { startUp } from './start-up.js';

/** In the order in which they run. */
export const BENCHMARKS = [
  intake,
  latency,
  fanOut,
  idleSubscriptions,
  size,
  retryStorm,
  heldTransaction,
  startUp,
  memory,
  overload,
];
