import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printVerdict } from './checker/print.js';
import { keepFailedRun, keepLatestReport } from './kept-files.js';
import { catchMutants } from './mutants/catch-mutants.js';
import { type Options, readOptions, USAGE } from './options.js';
import { runDrill } from './run.js';

/** `npm run faults`: exit status 0 only if every invariant held (or, with --mutants, each mutant was caught). */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second signal ends everything by force.
    if (interruption.signal.aborted) process.exit(1);
    console.log('\nStopping everything …');
    interruption.abort(new Error(`stopped by ${signal}`));
  });
}

const options = read(process.argv.slice(2));
// Not by exitCode: a run that was over has been seen to stay, and to spin.
process.exit(options !== undefined && (await succeeds(options)) ? 0 : 1);

function read(parameters: readonly string[]): Options | undefined {
  try {
    return readOptions(parameters);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

async function succeeds(chosen: Options): Promise<boolean> {
  const { seed, mutants } = chosen;
  const command = commandOf(chosen);
  console.log(`Seed ${seed}. The same schedule again: ${command}\n`);
  if (mutants !== undefined) return catchMutants(mutants, seed, interruption.signal);
  const directory = await mkdtemp(join(tmpdir(), 'order-faults-'));
  let holds = false;
  try {
    const verdict = await runDrill(
      { ...chosen, command, judgesBooks: true, interrupted: interruption.signal },
      directory,
    );
    for (const line of printVerdict(verdict)) console.log(line);
    console.log(`\nReport: ${await keepLatestReport(directory)}`);
    holds = verdict.holds;
  } catch (error) {
    console.error(error);
  }
  if (!holds) console.log(`\nFAILED. Logs, history and fault log: ${await keepFailedRun(directory, seed)}`);
  await rm(directory, { recursive: true, force: true });
  return holds;
}

function commandOf({ seed, given }: Options): string {
  return `npm run faults -- ${[`--seed ${seed}`, ...given].join(' ')}`;
}
