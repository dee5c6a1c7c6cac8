import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { median, short } from './figures.js';
import { type Target, type TargetId, TARGETS } from './targets.js';

const STARTED_AT = performance.now();

/** The result of a benchmark's rounds, next to its target. */
export interface Result {
  readonly id: TargetId;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly target: number;
  readonly met: boolean;
  readonly bound: Target['bound'];
  readonly rounds: number;
}

interface Failure {
  readonly ids: readonly TargetId[];
  readonly error: unknown;
}

/** Collects a sample a round for each target, shows progress, and says at the end which targets were met. */
export class Report {
  private readonly samples = new Map<TargetId, number[]>();
  private readonly failures: Failure[] = [];

  /** One line of progress, with the seconds since the start. */
  progress(text: string): void {
    const seconds = (performance.now() - STARTED_AT) / 1_000;
    console.log(`${seconds.toFixed(0).padStart(5)} s  ${text}`);
  }

  /** @param value of one round */
  sample(id: TargetId, value: number): void {
    if (!Number.isFinite(value)) throw new Error(`${id} was measured as ${value}`);
    this.samples.set(id, [...(this.samples.get(id) ?? []), value]);
    this.progress(`  ${id}: ${short(value)}${unitOf(id)}`);
  }

  /** Records a benchmark that failed, or after which acknowledged orders were missing. Its samples don't count. */
  fail(ids: readonly TargetId[], error: unknown): void {
    for (const id of ids) this.samples.delete(id);
    this.failures.push({ ids, error });
    this.progress(`  FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  get failed(): boolean {
    return this.failures.length > 0;
  }

  results(): Result[] {
    return [...this.samples].map(([id, samples]) => {
      const { target, bound } = TARGETS[id];
      const middle = median(samples);
      const met = bound === 'at least' ? middle >= target : middle <= target;
      const [min, max] = [Math.min(...samples), Math.max(...samples)];
      return { id, median: middle, min, max, target, met, bound, rounds: samples.length };
    });
  }

  /** @param earlier the results of another run, by which each median is divided */
  table(earlier: readonly Result[] | undefined): string {
    const lines = this.results().map((result) => {
      const { id, median, min, max, target, met, bound } = result;
      return [
        id.padEnd(9),
        TARGETS[id].what.padEnd(72),
        `${short(median)}${unitOf(id)}`.padStart(10),
        `${short(min)} … ${short(max)}`.padStart(16),
        `${bound === 'at least' ? '≥' : '≤'} ${target}${unitOf(id)}`.padStart(9),
        met ? 'met   ' : 'MISSED',
        earlier === undefined ? '' : comparison(result, earlier),
      ].join('  ');
    });
    const failures = this.failures.map(
      ({ ids, error }) =>
        `${ids.join(', ')}: FAILED, ${error instanceof Error ? error.message : String(error)}`,
    );
    return [...lines, ...failures].map((line) => line.trimEnd()).join('\n');
  }

  async write(file: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const results = this.results();
    await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), results }, undefined, 2)}\n`);
  }
}

function comparison({ id, median }: Result, earlier: readonly Result[]): string {
  const before = earlier.find((other) => other.id === id)?.median;
  return before === undefined ? 'new' : `× ${short(median / before)}`;
}

function unitOf(id: TargetId): string {
  const { unit } = TARGETS[id];
  return unit === undefined ? '' : ` ${unit}`;
}
