import type { Random } from '../../support/random.js';
import type { System } from '../system/system.js';

/** One kind of fault, by name. */
export interface Fault {
  /** In kebab-case, as `--faults` takes it: kill-worker, cut-postgres-link. */
  readonly name: string;
  /** For the report, such as "a worker is killed". */
  readonly what: string;
  /** False where this machine lacks what it takes; left out: always possible. Look before the schedule is made. */
  readonly isPossible?: (system: System) => boolean;
  /** Drawn when the schedule is made, from the seed alone: no look at the running system. */
  plan(random: Random): Plan;
  /** Causes it, lasts as planned, heals it, also where something throws; resolves when it is healed. */
  cause(system: System, plan: Plan): Promise<Strike>;
}

export interface Plan {
  /** What it strikes: api-1, postgres, redis, sandbox, or a link's name. */
  readonly target: string;
  /** How long it lasts, in milliseconds; 0 for one that is over at once. */
  readonly durationMs: number;
  /** What no other fault may touch meanwhile: names of programs and servers, or `*` for everything. */
  readonly claims: readonly string[];
}

export interface Strike {
  /** How often it had an effect. 0 says that it never struck. */
  readonly struck: number;
  readonly detail: string;
}
