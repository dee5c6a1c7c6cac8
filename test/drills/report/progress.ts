/** The state of a run. */
export interface ProgressFacts {
  readonly elapsedMs: number;
  readonly phase: string;
  readonly acknowledged: number;
  /** The number of acknowledged orders at which the run ends. */
  readonly target?: number;
  readonly retries: number;
  readonly openFaults: readonly string[];
  /** Null if it can't be read. */
  readonly outbox: number | null;
  readonly queue: number | null;
}

const LINE_INTERVAL_MS = 5_000;

/** One line about a run. */
export function formatProgress(facts: ProgressFacts): string {
  const seconds = Math.floor(facts.elapsedMs / 1_000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const orders = facts.target === undefined ? facts.acknowledged : `${facts.acknowledged}/${facts.target}`;
  const depth = (value: number | null) => value ?? '?';
  return [
    `${clock} ${facts.phase}`,
    `${orders} orders`,
    `${facts.retries} retries`,
    `outbox ${depth(facts.outbox)}`,
    `queue ${depth(facts.queue)}`,
    ...(facts.openFaults.length === 0 ? [] : [facts.openFaults.join(', ')]),
  ].join(' · ');
}

/** Truncates a line, so that a terminal does not break it. */
export function fitted(line: string, columns: number): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** Shows the progress of a run: one line that is rewritten in a terminal, or else a line every five seconds. */
export class Progress {
  private lastLineAt = -LINE_INTERVAL_MS;
  private open = false;

  constructor(private readonly out: NodeJS.WriteStream) {}

  update(facts: ProgressFacts): void {
    const line = formatProgress(facts);
    if (this.out.isTTY) {
      this.open = true;
      // The last column stays free: a full line makes some terminals go to the next one.
      this.out.write(`\r\u001b[2K${fitted(line, this.out.columns - 1)}`);
    } else if (facts.elapsedMs >= this.lastLineAt + LINE_INTERVAL_MS) {
      this.lastLineAt = facts.elapsedMs;
      this.out.write(`${line}\n`);
    }
  }

  /** Later output starts on a new line. */
  end(): void {
    if (this.open) this.out.write('\n');
    this.open = false;
  }
}
