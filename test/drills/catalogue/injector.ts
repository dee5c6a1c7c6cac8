import { setTimeout as delay } from 'node:timers/promises';
import type { FaultEntry } from '../evidence.js';
import { areInConflict, type Step } from '../schedule.js';
import type { System } from '../system/system.js';

/** More at the same time would hide each other's effects. */
const MOST_ACTIVE = 3;
const LOOK_EVERY_MS = 25;
/** Beyond its planned duration. A rolling restart under load takes most of a minute at worst. */
const HEALING_TIMEOUT_MS = 120_000;

interface Active {
  readonly step: Step;
  readonly from: number;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/** Causes faults step by step, several at a time if their claims allow it. */
export class Injector {
  /** One for each healed fault, in the order of their ends. */
  readonly entries: FaultEntry[] = [];
  private readonly running = new Set<Active>();
  private readonly failures: Error[] = [];

  /** @param now milliseconds since the run's start */
  constructor(
    private readonly system: System,
    private readonly steps: Iterator<Step, void>,
    private readonly now: () => number,
  ) {}

  /** The faults that are active now. */
  get active(): readonly { readonly name: string; readonly target: string; readonly from: number }[] {
    return [...this.running].map(({ step: { fault, plan }, from }) => ({
      name: fault.name,
      target: plan.target,
      from,
    }));
  }

  /**
   * Runs until it is to stop or the steps end; resolves when all faults have healed.
   * @throws if a fault could not be caused or healed; then no other one begins, and the active ones heal first
   */
  async run({ shouldStop }: { shouldStop: () => boolean }): Promise<void> {
    const isOver = (): boolean => this.failures.length > 0 || shouldStop();
    let beganAt = this.now();
    while (!isOver()) {
      const next = this.steps.next();
      if (next.done === true) break;
      if (!(await this.waitsForItsTurn(next.value, beganAt, isOver))) break;
      beganAt = this.now();
      this.begin(next.value, beganAt);
    }
    await Promise.all([...this.running].map(({ ended }) => ended));
    const [first] = this.failures;
    if (first === undefined) return;
    if (this.failures.length === 1) throw first;
    throw new AggregateError(this.failures, this.failures.map(({ message }) => message).join('; '));
  }

  /** @returns false if it is to stop */
  private async waitsForItsTurn(step: Step, previousAt: number, isOver: () => boolean): Promise<boolean> {
    while (this.now() < previousAt + step.startAfterMs || !this.hasRoomFor(step)) {
      await delay(LOOK_EVERY_MS);
      if (isOver()) return false;
    }
    return true;
  }

  private hasRoomFor({ plan }: Step): boolean {
    if (this.running.size >= MOST_ACTIVE) return false;
    return [...this.running].every(({ step }) => !areInConflict(plan, step.plan));
  }

  private begin(step: Step, from: number): void {
    const active: Active = {
      step,
      from,
      ended: this.cause(step, from).then(
        (entry) => {
          this.running.delete(active);
          this.entries.push(entry);
        },
        (error: unknown) => {
          this.running.delete(active);
          this.failures.push(
            new Error(`${nameOf(step)} failed: ${error instanceof Error ? error.message : String(error)}`, {
              cause: error,
            }),
          );
        },
      ),
    };
    this.running.add(active);
  }

  private async cause(step: Step, from: number): Promise<FaultEntry> {
    const { fault, plan, number } = step;
    const timeoutMs = plan.durationMs + HEALING_TIMEOUT_MS;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`it had not healed after ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      const strike = await Promise.race([fault.cause(this.system, plan), tooLong]);
      return { name: fault.name, step: number, target: plan.target, from, until: this.now(), ...strike };
    } finally {
      clearTimeout(timer);
    }
  }
}

function nameOf({ fault, number, plan }: Step): string {
  return `The fault ${fault.name} on ${plan.target} (step ${number})`;
}
