import { intake } from './intake.js';
import { latency } from './latency.js';
import { overload } from './overload.js';

/** In the order in which they run. */
export const BENCHMARKS = [intake, latency, overload];
