import type { Random } from '../../support/random.js';
import type { Recorder } from '../recorder.js';
import type { Counts } from './counts.js';
import { NeverSettled } from './errands.js';
import type { Addresses } from './http.js';
import { type Definite, type Outcome, outcomeOf, outcomeOfFailure } from './outcome.js';
import { pause } from './pause.js';
import { type Call, requestOf } from './requests.js';

export interface CallerOptions {
  /** The `sub` of the token. */
  readonly name: string;
  readonly token: string;
  readonly addresses: Addresses;
  readonly recorder: Recorder;
  readonly counts: Counts;
  /** For addresses and pauses. */
  readonly random: Random;
  /** When aborted, unknown outcomes are settled no more. */
  readonly giveUp: AbortSignal;
}

export interface Manner {
  /** The first call's address; each retry takes the next one. */
  readonly address?: number;
  /** How long the customer waits for the first answer. */
  readonly patienceMs?: number;
  /** Runs before each retry; if it returns an outcome, there is no retry. */
  readonly inDoubt?: () => Promise<Definite | undefined>;
}

/** The server answers within 5 s, so after this the answer is lost. */
const ANSWER_TIMEOUT_MS = 8_000;
/** The wait before a retry if no answer says how long to wait. */
const RETRY_PAUSE_MS = { least: 100, most: 500 };

/** Sends a customer's calls and records them. */
export class Caller {
  constructor(private readonly options: CallerOptions) {}

  get name(): string {
    return this.options.name;
  }

  anyAddress(): number {
    return this.options.random.integer(0, this.options.addresses.count - 1);
  }

  async send(call: Call, address: number, patienceMs = ANSWER_TIMEOUT_MS): Promise<Outcome> {
    const { addresses, counts, name, recorder, token } = this.options;
    const number = recorder.invoke(name, call);
    const outcome = await addresses.post(address, token, JSON.stringify(requestOf(call)), patienceMs).then(
      (answer) => outcomeOf(answer, call.name),
      (error: unknown) => outcomeOfFailure(error),
    );
    if (outcome.type === 'ok') recorder.ok(number, outcome.answer);
    else recorder[outcome.type](number, outcome.error);
    if (outcome.type === 'info') counts.doubts += 1;
    return outcome;
  }

  /**
   * Repeats the same call, each time at another address, until its outcome is known.
   * @throws NeverSettled if it is still unknown when the run gives up
   */
  async settle(call: Call, manner: Manner = {}): Promise<Definite> {
    const address = manner.address ?? this.anyAddress();
    const outcome = await this.send(call, address, manner.patienceMs);
    return outcome.type === 'info' ? this.retry(call, address + 1, outcome, manner) : outcome;
  }

  /** The same call at two addresses at the same moment, as a double-click sends it. */
  async settleTwice(first: Call, second: Call, manner: Manner = {}): Promise<Definite> {
    const address = manner.address ?? this.anyAddress();
    const outcomes = await Promise.all([this.send(first, address), this.send(second, address + 1)]);
    const [one, two] = outcomes;
    const definite = outcomes.find((outcome) => outcome.type !== 'info');
    if (definite !== undefined) return definite;
    return this.retry(first, address, one.type === 'info' ? one : two, manner);
  }

  private async retry(call: Call, address: number, last: Outcome, { inDoubt }: Manner): Promise<Definite> {
    const { counts, giveUp, name } = this.options;
    let outcome = last;
    for (let next = address; outcome.type === 'info'; next += 1) {
      if (giveUp.aborted) {
        throw new NeverSettled(
          `${name} never learnt what became of ${JSON.stringify(call)}: ${outcome.error.message}`,
        );
      }
      await pause(this.pauseMs(outcome.error.retryAfterMs), giveUp);
      const settled = await inDoubt?.();
      if (settled !== undefined) return settled;
      counts.retries += 1;
      outcome = await this.send(call, next);
    }
    return outcome;
  }

  private pauseMs(saidMs?: number): number {
    return saidMs ?? this.options.random.integer(RETRY_PAUSE_MS.least, RETRY_PAUSE_MS.most);
  }
}
