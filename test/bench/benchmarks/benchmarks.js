import { heldTransaction } from './held-transaction.js';
import { intake } from './intake.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { overload } from './overload.js';
import { retryStorm } from './retry-storm.js';
import { size } from './size.js';
import { startUp } from './start-up.js';

/** In the order in which they run. */
export const BENCHMARKS = [intake, latency, size, retryStorm, heldTransaction, startUp, memory, overload];
