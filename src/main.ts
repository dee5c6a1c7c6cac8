/* `npm run start:prod`: one process with the roles in ROLE. The rest is loaded when signals are obeyed. */
import './platform/stop-signal.js';

await import('./run.js');
