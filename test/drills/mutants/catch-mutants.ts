import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseFaults } from '../catalogue/catalogue.js';
import type { InvariantVerdict } from '../verdict.js';
import { keepFailedRun, REPORTS } from '../kept-files.js';
import { runDrill } from '../run.js';
import { buildMutant } from './build-mutant.js';
import type { Mutant } from './mutant.js';

/** The invariant's number. */
const BOOKS_AGREE = 11;

interface Result {
  readonly mutant: string;
  readonly what: string;
  readonly caught: boolean;
  readonly seconds: number;
  /** The invariants that did not hold. */
  readonly by: readonly number[];
  readonly such: string | undefined;
}

/**
 * Runs the drills on broken builds, one after the other; true if each was caught.
 * @throws if a drill itself fails
 */
export async function catchMutants(
  mutants: readonly Mutant[],
  seed: number,
  interrupted: AbortSignal,
): Promise<boolean> {
  const results: Result[] = [];
  for (const mutant of mutants) {
    console.log(`\n${mutant.name}: ${mutant.what}`);
    const result = await drill(mutant, seed, interrupted);
    results.push(result);
    const verdict = result.caught ? 'CAUGHT' : 'NOT CAUGHT';
    console.log(
      `${verdict} in ${result.seconds} s by ${result.by.join(', ') || 'nothing'}: ${result.such ?? ''}`,
    );
  }
  await mkdir(REPORTS, { recursive: true });
  await writeFile(join(REPORTS, 'mutants.json'), `${JSON.stringify({ seed, results }, null, 2)}\n`);
  const caught = results.filter((result) => result.caught).length;
  console.log(`\n${caught} of ${results.length} mutants caught; ${REPORTS}/mutants.json`);
  return caught === results.length;
}

async function drill(mutant: Mutant, seed: number, interrupted: AbortSignal): Promise<Result> {
  const startedAt = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'order-mutant-'));
  let caught = false;
  try {
    const root = await buildMutant(mutant, join(directory, 'build'));
    const { name, what, orders } = mutant;
    const faults = chooseFaults(mutant.faults);
    const judgesBooks = mutant.breaks.includes(BOOKS_AGREE);
    const command = `npm run faults -- --seed ${seed} --mutants ${name}`;
    const verdict = await runDrill(
      { seed, orders, minutes: 0, faults, judgesBooks, command, root, interrupted },
      directory,
    );
    const broken = verdict.invariants.filter(({ violations }) => violations.length > 0);
    // Other invariants than the mutant's may be broken by chance or by the product itself.
    const telling = broken.find(({ number }) => mutant.breaks.includes(number));
    caught = telling !== undefined;
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    return {
      mutant: name,
      what,
      caught,
      seconds,
      by: broken.map(({ number }) => number),
      such: example(telling),
    };
  } finally {
    if (!caught) console.log(`Logs, history and fault log: ${await keepFailedRun(directory, seed)}`);
    await rm(directory, { recursive: true, force: true });
  }
}

function example(invariant: InvariantVerdict | undefined): string | undefined {
  return invariant?.violations[0]?.what;
}
