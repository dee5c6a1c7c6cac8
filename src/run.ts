import 'reflect-metadata';
import { ConfigError, readConfig } from './config/config.js';
import { withTimeout } from './platform/with-timeout.js';
import { log } from './platform/observability/logger.js';
import { onStopSignal } from './platform/stop-signal.js';

/** A start that is to be stopped has promised nothing yet; with what went before, it is over within 5 s. */
const START_STOP_TIMEOUT_MS = 4_000;

async function main(): Promise<void> {
  // Also for the packages that read it by themselves. Nobody starts this for development: that is `npm start`.
  process.env['NODE_ENV'] ||= 'production';
  const config = readConfig(process.env);
  // Loaded only now, which takes a second: what is wrong in the configuration is told at once.
  const { startApplication } = await import('./application.js');
  const starting = startApplication(config);
  let hasStarted = false;
  onStopSignal((signal) => {
    log.info({ signal }, 'stopping');
    // Nobody sends anything yet to one that is only starting, so nobody has to hear of its end first.
    const stopped = hasStarted
      ? starting.then((application) => application.stop())
      : withTimeout(
          START_STOP_TIMEOUT_MS,
          'the end of a start',
          starting.then((application) => application.stop({ drainDelayMs: 0 })),
        );
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'did not stop in time; what was under way is taken up by others');
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
