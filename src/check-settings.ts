import { ConfigError, readConfig } from './config/config.js';

/** Ends with 1 and one line for each setting that is missing or wrong, as a start would. */
try {
  readConfig(process.env);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const fault of error.faults) process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
