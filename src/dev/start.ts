/* `npm start`: the whole system on one machine. Signals are handled before the rest is loaded. */
import '../platform/stop-signal.js';

await import('./everything.js');
