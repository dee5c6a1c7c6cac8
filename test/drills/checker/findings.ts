import type { Violation } from '../verdict.js';
import type { Facts } from './facts.js';
import { type Subject, tellStory } from './story.js';

/** The result of one invariant's rules. */
export interface Judgement {
  readonly checks: number;
  readonly violations: readonly Violation[];
}

/** Further ones are only counted, as a broken system has thousands. */
const MAX_KEPT = 50;
const MAX_STORIES = 5;

/** Collects what one invariant's rules find. */
export class Findings {
  private checks = 0;
  private broken = 0;
  private readonly kept: { readonly subject: Subject; readonly what: string }[] = [];

  constructor(private readonly facts: Facts) {}

  /** Compares one fact. @returns whether it holds */
  check(holds: boolean, subject: Subject, what: string | (() => string)): boolean {
    this.checks += 1;
    if (holds) return true;
    this.broken += 1;
    if (this.kept.length < MAX_KEPT) {
      this.kept.push({ subject, what: typeof what === 'string' ? what : what() });
    }
    return false;
  }

  judgement(): Judgement {
    const violations = this.kept.map(({ subject, what }, index): Violation => ({
      what,
      story: index < MAX_STORIES ? tellStory(this.facts, subject) : [],
    }));
    const more = this.broken - this.kept.length;
    if (more > 0) violations.push({ what: `… and ${more} more: ${this.broken} in all`, story: [] });
    return { checks: this.checks, violations };
  }
}
