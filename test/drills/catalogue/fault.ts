import type { Random } from '../../support/random.js';
import type { System } from '../system/system.js';

/** One kind of fault, by name. */
export interface Fault {
  /** In kebab-case, as `--faults` takes it: kill-worker, cut-postgres-link. */
  readonly name: string;
  /** For the report, such as "a worker is killed". */
  readonly what: string;
  /** False if this machine can't cause it; absent if it always can. Checked before the schedule is made. */
  readonly isPossible?: (system: System) => boolean;
  /** Drawn from the seed alone when the schedule is made, without the running system. */
  plan(random: Random): Plan;
  /** Causes the fault for its planned duration and heals it, even after an error; resolves when it is healed. */
  cause(system: System, plan: Plan): Promise<Strike>;
}

export interface Plan {
  /** What it strikes: api-1, postgres, redis, sandbox, or a link's name. */
  readonly target: string;
  /** How long it lasts, in milliseconds; 0 if it is over at once. */
  readonly durationMs: number;
  /** From which the fault draws what it strikes at that time, if that is only known then. */
  readonly seed?: number;
  /** What no other fault may touch at the same time: names of programs and servers, or `*` for everything. */
  readonly claims: readonly string[];
}

export interface Strike {
  /** How often it had an effect; 0 if it never struck. */
  readonly struck: number;
  readonly detail: string;
}
