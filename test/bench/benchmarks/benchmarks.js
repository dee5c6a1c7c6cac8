import { fanOut } from './fan-out.js';
import { idleSubscriptions } from './idle-subscriptions.js';
import { overload } from './overload.js';

/** In the order in which they run. */
export const BENCHMARKS = [overload, fanOut, idleSubscriptions];
