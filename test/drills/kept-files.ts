import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Evidence } from './evidence.js';

export const REPORTS = 'reports/faults';
/** The servers' data is large, and useless without the servers. */
const NOT_KEPT = ['postgres', 'postgres-copy', 'postgres-standbys', 'redis', 'sandbox', 'build'];

/** Replaces the last run's report; returns the page's path. */
export async function keepLatestReport(directory: string): Promise<string> {
  await mkdir(REPORTS, { recursive: true });
  for (const type of ['html', 'json']) {
    await cp(join(directory, `report.${type}`), join(REPORTS, `latest.${type}`));
  }
  return `${REPORTS}/latest.html`;
}

/** Keeps everything that a failed run wrote except the servers' data; returns the folder. */
export async function keepFailedRun(directory: string, seed: number): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const kept = `${REPORTS}/failed-${stamp}-seed-${seed}`;
  await cp(directory, kept, { recursive: true, filter: (path) => !NOT_KEPT.includes(basename(path)) });
  return kept;
}

/** Writes the checker's evidence, one file a part, without history and frames, which are written during the run. */
export async function writeEvidence(directory: string, evidence: Evidence): Promise<void> {
  const parts = Object.entries(evidence).filter(([name]) => name !== 'history' && name !== 'frames');
  await Promise.all(
    parts.map(async ([name, part]) => writeFile(join(directory, `${name}.json`), JSON.stringify(part))),
  );
}
