/* `npm run sandbox`. Signals are handled before the rest is loaded. */
import { onStopSignal } from '../../platform/stop-signal.js';

/** Runs the payment sandbox until SIGTERM or SIGINT. */
async function run(): Promise<void> {
  const { readSettings } = await import('./settings.js');
  const { options, problems } = readSettings(process.env);
  if (problems.length > 0) {
    for (const problem of problems) process.stderr.write(`payment sandbox: ${problem}\n`);
    process.exitCode = 1;
    return;
  }
  const { startSandbox } = await import('./server.js');
  const sandbox = await startSandbox(options);
  const stop = (): void => {
    sandbox.close().then(() => process.exit(0), fail);
  };
  onStopSignal(stop);
  // The pipe closes when the parent exits, even on SIGKILL.
  if (process.env['SANDBOX_STOP_WITH_PARENT'] === 'true') process.stdin.resume().once('end', stop);
  process.stdout.write(`payment sandbox ready on ${sandbox.url}\n`);
}

function fail(error: unknown): void {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`payment sandbox: ${message}${cause}\n`);
  process.exit(1);
}

run().catch(fail);
