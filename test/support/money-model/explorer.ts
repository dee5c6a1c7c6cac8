import { BrokenStep, type Invariant } from './broken.js';
import type { Budget } from './budget.js';
import { initialState, type Start } from './initial-state.js';
import { brokenIn, isAtRest, isEdge } from './invariants.js';
import { keyOf } from './state-key.js';
import { prune } from './prune.js';
import { firstCutOff } from './reachability.js';
import type { Rules } from './rules.js';
import type { State } from './state.js';
import { deadLetterMoves } from './steps/dead-letter.js';
import type { Move } from './steps/move.js';
import { orphanMoves } from './steps/orphan.js';
import { customerMoves } from './steps/customer.js';
import { outsideMoves } from './steps/outside.js';
import { sweepMoves } from './steps/sweep.js';
import { workerMoves } from './steps/worker.js';

export interface CounterExample {
  readonly broken: Invariant;
  /** A shortest way there, one step an entry. */
  readonly path: readonly string[];
}

export interface Exploration {
  readonly states: number;
  readonly counterExample: CounterExample | undefined;
}

export interface ExploreOptions {
  readonly start?: Start;
  /** Sees each state once. */
  readonly visit?: (state: State) => void;
  /** An invariant that may be broken on the way to the others. */
  readonly ignored?: Invariant;
}

/** All states that can be reached, breadth-first, until one breaks an invariant. */
class Explorer {
  private readonly numbers = new Map<string, number>();
  private readonly parents: number[] = [];
  private readonly texts: string[] = [];
  private readonly rests: boolean[] = [];
  private readonly edges: { readonly from: number[]; readonly to: number[] } = { from: [], to: [] };
  private frontier: State[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly visit: (state: State) => void,
    private readonly ignored: Invariant | undefined,
  ) {}

  run(start: State): Exploration {
    this.add(start, keyOf(start), -1, '');
    let number = 0;
    while (this.frontier.length > 0) {
      const states = this.frontier;
      this.frontier = [];
      for (const state of states) {
        const counterExample = this.expand(state, number);
        if (counterExample !== undefined) return { states: this.parents.length, counterExample };
        number += 1;
      }
    }
    const cutOff = firstCutOff(this.rests, this.edges);
    const counterExample =
      cutOff === undefined
        ? undefined
        : ({ broken: 'every order can come to rest', path: this.pathTo(cutOff) } as const);
    return { states: this.parents.length, counterExample };
  }

  private expand(state: State, number: number): CounterExample | undefined {
    try {
      const broken = this.follow(systemMoves(state, this.rules), state, number, true);
      // An order has to come to rest without its customer.
      return broken ?? this.follow(customerMoves(state, this.rules), state, number, false);
    } catch (error) {
      if (!(error instanceof BrokenStep)) throw error;
      return { broken: error.broken, path: [...this.pathTo(number), error.message] };
    }
  }

  private follow(
    moves: readonly Move[],
    state: State,
    number: number,
    leadsToRest: boolean,
  ): CounterExample | undefined {
    for (const { state: moved, text } of moves) {
      const after = prune(moved, this.rules);
      const key = keyOf(after);
      const known = this.numbers.get(key);
      const to = known ?? this.add(after, key, number, text);
      if (leadsToRest) {
        this.edges.from.push(number);
        this.edges.to.push(to);
      }
      if (known !== undefined) continue;
      const broken = isEdge(state, after)
        ? brokenIn(after, this.rules)
        : 'every event is in the lifecycle table';
      if (broken !== undefined && broken !== this.ignored) return { broken, path: this.pathTo(to) };
    }
    return undefined;
  }

  private add(state: State, key: string, parent: number, text: string): number {
    const number = this.parents.length;
    this.numbers.set(key, number);
    this.parents.push(parent);
    this.texts.push(text);
    this.rests.push(isAtRest(state));
    this.frontier.push(state);
    this.visit(state);
    return number;
  }

  private pathTo(number: number): string[] {
    const path: string[] = [];
    for (let at = number; at > 0; at = this.parents[at] ?? 0) path.push(this.texts[at] ?? '');
    return path.reverse();
  }
}

function systemMoves(state: State, rules: Rules): Move[] {
  return [
    ...workerMoves(state, rules),
    ...deadLetterMoves(state, rules),
    ...orphanMoves(state, rules),
    ...outsideMoves(state, rules),
    ...sweepMoves(state, rules),
  ];
}

/**
 * Explores the model: one order key, two workers, an operator, a customer and their bank, webhooks, sweeps, and a
 * PostgreSQL that may lose commits. It stops at the first state that breaks an invariant. Left out are amounts and
 * payment methods (they match), versions and the number of attempts (order-row.ts, worker.ts), the queue (a job runs at
 * any time), and payments and refunds that the gateway keeps pending.
 * @throws RangeError where a path needs more than bounds.ts allows
 */
export function explore(
  rules: Rules,
  budget: Budget,
  { start = 'new', visit = () => undefined, ignored }: ExploreOptions = {},
): Exploration {
  return new Explorer(rules, visit, ignored).run(initialState(budget, start));
}
