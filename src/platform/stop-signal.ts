/*
 * Imported before anything else, and importing nothing: until there is a handler, a container's first process ignores
 * SIGTERM, and the other imports take seconds. The handler stays the same; what it does is replaced.
 */

/** Nothing is there yet that would have to be stopped. */
let stop: (signal: NodeJS.Signals) => void = () => process.exit(0);
let isStopping = false;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // The terminal tells the whole group, and npm passes on what it was told itself.
    if (isStopping) return;
    isStopping = true;
    stop(signal);
  });
}

/** What the first SIGTERM or SIGINT does from now on; without it the process just ends. */
export function onStopSignal(handler: (signal: NodeJS.Signals) => void): void {
  stop = handler;
}
