import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './catalogue/fault.js';
import { Injector } from './catalogue/injector.js';
import { check } from './checker/check.js';
import { Customers } from './clients/customers.js';
import type { Evidence, RunFacts } from './evidence.js';
import type { Verdict } from './verdict.js';
import { writeEvidence } from './kept-files.js';
import { untilBooksAgree } from './observe/books.js';
import { readDump } from './observe/dump.js';
import { readFinalAnswers } from './observe/final-answers.js';
import { readPayments } from './observe/gateway-payments.js';
import { readLedger, readWrongCharges } from './observe/ledger.js';
import { Monitor } from './observe/monitor.js';
import { readPrices } from './observe/prices.js';
import { untilAtRest } from './observe/rest.js';
import { Random } from '../support/random.js';
import { Recorder } from './recorder.js';
import { Progress } from './report/progress.js';
import { writeReport } from './report/report.js';
import { schedule } from './schedule.js';
import { PAYMENT_ACTION_TIMEOUT_MS } from './system/layout.js';
import { System } from './system/system.js';

export interface Drill {
  readonly seed: number;
  /** The run ends when this many orders are acknowledged, … */
  readonly orders: number;
  /** … customers were active for this long, and every fault has struck. */
  readonly minutes: number;
  readonly faults: readonly Fault[];
  /** The command that repeats it, for the report. */
  readonly command: string;
  /** Whether differences between the gateway and the orders are waited for. It takes some twenty seconds. */
  readonly judgesBooks: boolean;
  /** The root of the built system; if absent, the project itself. */
  readonly root?: string;
  /** Aborted by Ctrl-C: everything is stopped, and the run has failed. */
  readonly interrupted: AbortSignal;
}

/** Two relays and two workers keep up with this on two cores, and catch up after an outage of ten seconds. */
const ORDERS_PER_SECOND = 40;
/** The time before the first fault, in which the guarantees outside outages are checked. */
const CALM_MS = 8_000;
/** The guarantee: at rest within this after the last fault's end. */
const REST_WITHIN_MS = 60_000;
/** A longer wait, so that a failed run shows whether it would have come to rest. */
const REST_GIVE_UP_MS = 90_000;
/**
 * The guarantee is 5 minutes. The intervals of the drilled system are a tenth of production's (system/layout.ts), but not
 * the pace of its requests, and a run of ten thousand orders ends with hundreds of payments to look at.
 */
const LISTED_WITHIN_MS = 120_000;
/** A fault may find nothing to strike, but not this often. */
const MAX_TRIES = 3;
const PROGRESS_INTERVAL_MS = 500;

/**
 * Starts the system, runs customers and faults on it, heals it, waits for rest, and runs the checker.
 * @param directory gets logs, history, fault log and report, and the servers' data while it runs
 * @throws if the drill itself fails, for example if a fault can't be caused
 */
export async function runDrill(drill: Drill, directory: string): Promise<Verdict> {
  const startedAt = new Date().toISOString();
  const recorder = new Recorder(directory);
  const { root } = drill;
  const system = await System.start({
    directory,
    now: () => recorder.now(),
    ...(root !== undefined && { root }),
  });
  const run = new Run(drill, system, recorder, await readPrices(system));
  try {
    await run.storm();
    await run.comeToRest();
    const evidence = await run.evidence(startedAt);
    const verdict = check(evidence, { orders: drill.orders, restWithinMs: REST_WITHIN_MS });
    await writeEvidence(directory, evidence);
    await writeReport(directory, evidence, verdict);
    return verdict;
  } finally {
    await run.end();
    await system.stop();
  }
}

/** One run: what takes part in it, and its phases. */
class Run {
  private readonly monitor: Monitor;
  private readonly customers: Customers;
  private readonly injector: Injector;
  private readonly faults: readonly Fault[];
  private readonly progress = new Progress(process.stdout);
  private readonly showing: NodeJS.Timeout;
  private phase = 'calm';
  private calm = { from: 0, until: 0 };
  private healedAt = 0;
  private rest: Evidence['rest'] = { at: null, busy: [] };

  constructor(
    private readonly drill: Drill,
    private readonly system: System,
    private readonly recorder: Recorder,
    private readonly prices: RunFacts['prices'],
  ) {
    const random = new Random(drill.seed);
    const now = () => recorder.now();
    // Without a disk of limited size there is no fault of a full disk.
    this.faults = drill.faults.filter(({ isPossible }) => isPossible?.(system) ?? true);
    this.monitor = new Monitor(system, now);
    this.injector = new Injector(system, schedule(random.fork('faults'), this.faults), now);
    this.customers = new Customers({
      system,
      recorder,
      random: random.fork('customers'),
      ordersPerSecond: ORDERS_PER_SECOND,
      prices,
      actionTimeoutMs: PAYMENT_ACTION_TIMEOUT_MS,
    });
    this.showing = setInterval(() => {
      this.show();
    }, PROGRESS_INTERVAL_MS);
  }

  /** Runs customers, at first without faults and then with them, until there were enough of both. */
  async storm(): Promise<void> {
    const { interrupted } = this.drill;
    this.monitor.start();
    await this.customers.start();
    const from = this.recorder.now();
    await delay(CALM_MS, undefined, { signal: interrupted });
    this.calm = { from, until: this.recorder.now() };
    this.phase = 'faults';
    const shouldStop = () => interrupted.aborted || this.isEnough();
    await this.injector.run({ shouldStop });
    // Without faults this ends at once.
    while (!shouldStop()) await delay(PROGRESS_INTERVAL_MS);
    interrupted.throwIfAborted();
  }

  async comeToRest(): Promise<void> {
    this.phase = 'healing';
    await this.system.heal();
    this.healedAt = this.recorder.now();
    this.phase = 'coming to rest';
    await this.customers.stop();
    const now = () => this.recorder.now();
    this.rest = await untilAtRest(this.system, now, REST_GIVE_UP_MS);
    if (!this.drill.judgesBooks) return;
    this.phase = 'comparing the books';
    await untilBooksAgree(this.system, now, LISTED_WITHIN_MS);
  }

  async evidence(startedAt: string): Promise<Evidence> {
    const { system, recorder, drill, prices, calm, healedAt } = this;
    this.phase = 'last answers';
    const final = await readFinalAnswers(system, recorder.history);
    await this.customers.settle(new Map(final.orders.map(({ id, version }) => [id, version])));
    await this.monitor.stop();
    const faults = this.faults.map(({ name }) => name);
    const endedAt = new Date().toISOString();
    return {
      run: {
        seed: drill.seed,
        command: drill.command,
        startedAt,
        endedAt,
        prices,
        faults,
        calm: [calm],
        healedAt,
      },
      history: recorder.history,
      frames: recorder.frames,
      faults: this.injector.entries,
      samples: this.monitor.samples,
      glimpses: this.monitor.glimpses,
      exits: system.exits,
      rest: this.rest,
      final,
      ledger: await readLedger(system),
      wrongCharges: await readWrongCharges(system),
      payments: await readPayments(system),
      outside: system.outside,
      rewinds: system.rewinds,
      dump: await readDump(system),
    };
  }

  /** Must be called after success and failure alike. */
  async end(): Promise<void> {
    clearInterval(this.showing);
    this.progress.end();
    await Promise.all([this.customers.close(), this.monitor.stop()]);
    await this.recorder.close();
  }

  private isEnough(): boolean {
    const { entries } = this.injector;
    const struck = new Set(entries.filter((entry) => entry.struck > 0).map(({ name }) => name));
    const tries = (fault: Fault) => entries.filter(({ name }) => name === fault.name).length;
    return (
      this.customers.counts.acknowledged >= this.drill.orders &&
      this.recorder.now() >= this.calm.from + this.drill.minutes * 60_000 &&
      // The checker reports a fault that never struck.
      this.faults.every((fault) => struck.has(fault.name) || tries(fault) >= MAX_TRIES)
    );
  }

  private show(): void {
    const sample = this.monitor.samples.at(-1);
    const { acknowledged, retries } = this.customers.counts;
    this.progress.update({
      elapsedMs: this.recorder.now(),
      phase: this.phase,
      acknowledged,
      target: this.drill.orders,
      retries,
      openFaults: this.injector.active.map(({ name, target }) => `${name} (${target})`),
      outbox: sample?.outboxPending ?? null,
      queue: sample?.queueDepth ?? null,
    });
  }
}
