import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmarks/benchmarks.js';
import { Report, type Result } from './report.js';
import { Stand } from './stand.js';
import { isTargetId, TARGET_IDS } from './targets.js';

/**
 * `npm run bench`: the system and what it is compared with, in turns, each benchmark on its own servers with
 * fsync on. Single figures vary with the machine; ratios hold.
 *   -- --only P1,P4        only the benchmarks with these targets
 *   -- --compare FILE      the table also shows each median as a multiple of FILE's, an earlier latest.json
 * Exits with 1 if a benchmark failed; the table shows which targets were missed.
 */
const LATEST = 'reports/bench/latest.json';
const { values: options } = parseArgs({
  options: { only: { type: 'string' }, compare: { type: 'string' } },
});
const only = options.only?.split(',') ?? TARGET_IDS;
const unknown = only.filter((id) => !isTargetId(id));
if (unknown.length > 0) {
  console.error(`--only takes a comma-separated list of ${TARGET_IDS.join(', ')}, not ${unknown.join(', ')}`);
  process.exit(2);
}
// Read before it may be overwritten.
const earlier = options.compare === undefined ? undefined : await readResults(options.compare);
const settings = {
  rounds: Number(process.env['BENCH_ROUNDS'] ?? 3),
  roundMs: Number(process.env['BENCH_ROUND_MS'] ?? 5_000),
};

const report = new Report();
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}; ${settings.rounds} rounds of ${settings.roundMs / 1_000} s`,
);
for (const benchmark of BENCHMARKS.filter(({ ids }) => ids.some((id) => only.includes(id)))) {
  report.progress(`${benchmark.ids.join(', ')}: ${benchmark.what}`);
  try {
    await Stand.use((stand) => benchmark.run(stand, report, settings));
  } catch (error) {
    report.fail(benchmark.ids, error);
  }
}
console.log(`\n${report.table(earlier)}\n`);
await report.write(LATEST);
console.log(`written to ${LATEST}`);
process.exit(report.failed ? 1 : 0);

async function readResults(file: string): Promise<readonly Result[]> {
  return (JSON.parse(await readFile(file, 'utf8')) as { results: Result[] }).results;
}
