/** Nothing is there yet that would have to be stopped. */
let stop = (): void => process.exit(0);
let isStopping = false;

// Before anything is loaded: until then a container's first process ignores SIGTERM.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // npm passes on what it was told itself, and the terminal tells all of them.
    if (isStopping) return;
    isStopping = true;
    stop();
  });
}

/** Starts the payment sandbox as a process of its own, and stops it on SIGTERM and SIGINT. */
async function run(): Promise<void> {
  const [{ startSandbox }, { readSettings }] = await Promise.all([
    import('./server.js'),
    import('./settings.js'),
  ]);
  const { options, problems } = readSettings(process.env);
  if (problems.length > 0) {
    for (const problem of problems) process.stderr.write(`payment sandbox: ${problem}\n`);
    process.exitCode = 1;
    return;
  }
  const sandbox = await startSandbox(options);
  stop = (): void => {
    sandbox.close().then(() => process.exit(0), fail);
  };
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
