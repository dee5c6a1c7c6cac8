import { intake } from './intake.js';
import { overload } from './overload.js';
import { relayBacklog } from './relay-backlog.js';
import { workerPayments } from './worker-payments.js';

/** In the order in which they run. */
export const BENCHMARKS = [intake, overload, relayBacklog, workerPayments];
