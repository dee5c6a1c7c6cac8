import { ConfigError } from './config/config.js';
import { readArguments, type ReconcileArguments, USAGE } from './payments/reconcile/command/arguments.js';
import { printable } from './platform/observability/logged-error.js';

const DIFFERENCES = 3;
const WRONG_USAGE = 2;
const FAILED = 1;

/** `npm run reconcile -- [--since 24h] [--json]`. Exits with 3 where discrepancies are open, and with 0 where none are. */
async function main(): Promise<number> {
  let parameters: ReconcileArguments;
  try {
    parameters = readArguments(process.argv.slice(2));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return WRONG_USAGE;
  }
  process.env['NODE_ENV'] ||= 'production';
  // The log is on standard output, where only the report belongs.
  process.env['LOG_LEVEL'] = 'silent';
  const { runReconcileCommand } = await import('./payments/reconcile/command/run-command.js');
  try {
    return (await runReconcileCommand(parameters)) === 0 ? 0 : DIFFERENCES;
  } catch (error) {
    if (error instanceof ConfigError) say(error.message);
    else say(`reconcile: ${lastLineOf(error)}`);
    return FAILED;
  }
}

/** Prisma puts the cause there. */
function lastLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return printable(message.trim().split('\n').at(-1) ?? '');
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

process.exitCode = await main();
