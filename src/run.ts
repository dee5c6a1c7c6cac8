import 'reflect-metadata';
import { ConfigError, readConfig } from './config/config.js';
import { withTimeout } from './platform/with-timeout.js';
import { log } from './platform/observability/logger.js';
import { onStopSignal } from './platform/stop-signal.js';

/** For a process that is stopped while it starts. It has accepted no work yet, and should exit within 5 s in total. */
const START_STOP_TIMEOUT_MS = 4_000;

async function main(): Promise<void> {
  // Some packages read it directly. Development uses `npm start`, which does not run this file.
  process.env['NODE_ENV'] ||= 'production';
  const config = readConfig(process.env);
  // Imported late, because it takes a second: configuration errors are reported before.
  const { startApplication } = await import('./application.js');
  const starting = startApplication(config);
  let hasStarted = false;
  onStopSignal((signal) => {
    log.info({ signal }, 'stopping');
    // A process that is still starting gets no requests yet, so it needs no drain delay.
    const stopped = hasStarted
      ? starting.then((application) => application.stop())
      : withTimeout(
          START_STOP_TIMEOUT_MS,
          'stopping during the start',
          starting.then((application) => application.stop({ drainDelayMs: 0 })),
        );
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'did not stop in time; other processes take over its unfinished work');
        process.exit(1);
      },
    );
  });
  await starting;
  hasStarted = true;
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) for (const fault of error.faults) process.stderr.write(`${fault}\n`);
  else log.fatal({ err: error }, 'could not start');
  process.exit(1);
});
