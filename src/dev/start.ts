/* `npm start`: everything on one machine. The rest is loaded when signals are obeyed. */
import '../platform/stop-signal.js';

await import('./everything.js');
