/* `npm run sandbox`: the payment sandbox as a process of its own. The rest is loaded when signals are obeyed. */
import '../../platform/stop-signal.js';

await import('./run.js');
