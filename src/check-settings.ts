import { ConfigError, readConfig } from './config/config.js';

/* Exits with 1 and one line per missing or invalid setting, as a start would. */
try {
  readConfig(process.env);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const fault of error.faults) process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
