import 'reflect-metadata';
import { ConfigError, readConfig } from './config.js';
import { log } from './platform/logger.js';

/** `npm run start:prod`: one process with the roles in ROLE. */
async function main(): Promise<void> {
  // Also for the packages that read it by themselves. Nobody starts this for development: that is `npm start`.
  process.env['NODE_ENV'] ||= 'production';
  const config = readConfig(process.env);
  // Loaded only now, which takes a second: what is wrong in the configuration is told at once.
  const { startApplication } = await import('./application.js');
  const application = await startApplication(config);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'stopping');
      application.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'did not stop in time; what was under way is taken up by others');
          process.exit(1);
        },
      );
    });
  }
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) for (const fault of error.faults) process.stderr.write(`${fault}\n`);
  else log.fatal({ err: error }, 'could not start');
  process.exit(1);
});
