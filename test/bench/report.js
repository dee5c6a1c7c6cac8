import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { median, short } from './figures.js';
import { TARGETS } from './targets.js';

const STARTED_AT = performance.now();

/** Collects a sample a round for each target, shows what goes on, and says in the end what was met. */
export class Report {
  #samples = new Map();
  #failures = [];

  /** One line of progress, with the seconds since the start. */
  progress(text) {
    const seconds = (performance.now() - STARTED_AT) / 1_000;
    console.log(`${seconds.toFixed(0).padStart(5)} s  ${text}`);
  }

  /** @param id one of TARGETS @param value of one round */
  sample(id, value) {
    if (!(id in TARGETS)) throw new Error(`there is no target ${id}`);
    if (!Number.isFinite(value)) throw new Error(`${id} was measured as ${value}`);
    this.#samples.set(id, [...(this.#samples.get(id) ?? []), value]);
    this.progress(`  ${id}: ${short(value)}${unitOf(id)}`);
  }

  /** A benchmark that came to no figure, or whose orders were not all there afterwards. Its samples don't count. */
  fail(ids, error) {
    for (const id of ids) this.#samples.delete(id);
    this.#failures.push({ ids, error });
    this.progress(`  FAILED: ${error.stack}`);
  }

  get failed() {
    return this.#failures.length > 0;
  }

  results() {
    return [...this.#samples].map(([id, samples]) => {
      const { target, bound } = TARGETS[id];
      const middle = median(samples);
      const met = bound === 'at least' ? middle >= target : middle <= target;
      const [min, max] = [Math.min(...samples), Math.max(...samples)];
      return { id, median: middle, min, max, target, met, bound, rounds: samples.length };
    });
  }

  /** @param earlier the results of another run, by which each median is divided */
  table(earlier) {
    const lines = this.results().map((result) => {
      const { id, median, min, max, target, met, bound } = result;
      const before = earlier?.find((other) => other.id === id)?.median;
      return [
        id.padEnd(9),
        TARGETS[id].what.padEnd(72),
        `${short(median)}${unitOf(id)}`.padStart(10),
        `${short(min)} … ${short(max)}`.padStart(16),
        `${bound === 'at least' ? '≥' : '≤'} ${target}${unitOf(id)}`.padStart(9),
        met ? 'met   ' : 'MISSED',
        earlier === undefined ? '' : before === undefined ? 'new' : `× ${short(median / before)}`,
      ].join('  ');
    });
    const failures = this.#failures.map(({ ids, error }) => `${ids.join(', ')}: FAILED, ${error.message}`);
    return [...lines, ...failures].map((line) => line.trimEnd()).join('\n');
  }

  async write(file) {
    await mkdir(dirname(file), { recursive: true });
    const results = this.results();
    await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), results }, undefined, 2)}\n`);
  }
}

function unitOf(id) {
  const { unit } = TARGETS[id];
  return unit === undefined ? '' : ` ${unit}`;
}
