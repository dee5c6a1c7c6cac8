/* `npm run sandbox`. The rest is loaded when signals are obeyed. */
import { onStopSignal } from '../../platform/stop-signal.js';

/** Starts the payment sandbox as a process of its own, and stops it on SIGTERM and SIGINT. */
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
  // The parent's end of the pipe closes when it dies, kill -9 included.
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
