import type { Report } from '../report.js';
import type { Stand } from '../stand.js';
import type { TargetId } from '../targets.js';

/** How many rounds, and how long each of them. */
export interface Rounds {
  readonly rounds: number;
  readonly roundMs: number;
}

export interface Benchmark {
  /** Its targets. */
  readonly ids: readonly TargetId[];
  readonly what: string;
  readonly run: (stand: Stand, report: Report, rounds: Rounds) => Promise<void>;
}
