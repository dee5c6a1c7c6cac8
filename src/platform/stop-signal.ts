/*
 * Imported first, and imports nothing: without a handler, a container's PID 1 ignores SIGTERM, and the other imports
 * take seconds.
 */

/** Until onStopSignal() is called, there is nothing to stop. */
let stop: (signal: NodeJS.Signals) => void = () => process.exit(0);
let isStopping = false;

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // Ctrl-C signals the whole process group, and npm forwards its own signal as well.
    if (isStopping) return;
    isStopping = true;
    stop(signal);
  });
}

/** Sets what the first SIGTERM or SIGINT does; by default the process exits. */
export function onStopSignal(handler: (signal: NodeJS.Signals) => void): void {
  stop = handler;
}
