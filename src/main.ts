/* `npm run start:prod`: one process with the roles in ROLE. Signal handlers are installed before the rest is loaded. */
import './platform/stop-signal.js';

await import('./run.js');
