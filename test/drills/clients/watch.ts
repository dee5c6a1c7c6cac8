import type { CallError, FrameEnd, SeenEvent } from '../evidence.js';
import type { Random } from '../../support/random.js';
import type { Recorder } from '../recorder.js';
import type { Connection } from './connection.js';
import type { Counts } from './counts.js';
import { callError, type GraphQLFault } from './outcome.js';
import { pause } from './pause.js';

export interface WatchOptions {
  readonly customer: string;
  readonly orderId: string;
  readonly owner: string;
  /** If absent, the first subscription starts with the newest event. */
  readonly afterVersion: number | undefined;
  /** Whether the customer stays when the order is at rest. */
  readonly stays: boolean;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly counts: Counts;
  /** The customer's current connection. */
  readonly connect: () => Connection;
}

interface End {
  readonly how: FrameEnd['how'];
  readonly error?: CallError;
}

/** The only status after which nothing more is to come. */
const FINAL = 'CANCELLED';
/** Statuses after which more may come, but need not. */
const AT_REST: ReadonlySet<string> = new Set(['CONFIRMED', 'PAYMENT_FAILED']);
/** The wait before a customer resumes, doubled with every failure in a row up to the cap. */
const RESUME_PAUSE_MS = { least: 50, most: 400, cap: 2_000 };
/** How long a customer stays after it has seen the confirmation, or that the payment has failed. */
const FAREWELL_MS = { least: 500, most: 4_000 };

/** A refusal's end follows it at once. */
const COMPLETES_WITHIN_MS = 1_000;

/** Follows one order, over as many subscriptions as needed. */
export class Watch {
  private readonly leaving = new AbortController();
  private lastVersion: number | undefined;
  private lastStatus = '';
  private failures = 0;
  private isOver = false;

  constructor(private readonly options: WatchOptions) {
    this.lastVersion = options.afterVersion;
  }

  get stays(): boolean {
    return this.options.stays;
  }

  /** Whether nothing more is to come: the subscription is over, or it has the last version and is not to complete. */
  caughtUp(finalVersion: number | undefined): boolean {
    if (this.isOver || finalVersion === undefined) return true;
    return (this.lastVersion ?? 0) >= finalVersion && this.lastStatus !== FINAL;
  }

  get orderId(): string {
    return this.options.orderId;
  }

  leave(): void {
    this.leaving.abort();
  }

  /** Resolves when the order is final, or the customer has left, or was refused. */
  async follow(): Promise<void> {
    const { counts, random } = this.options;
    counts.subscriptions += 1;
    for (;;) {
      const { how, error } = await this.subscribe();
      if (how !== 'lost' && error?.retryable !== true) break;
      const { least, most, cap } = RESUME_PAUSE_MS;
      const pauseMs = random.integer(least, most) * 2 ** Math.min(this.failures, 8);
      this.failures += 1;
      await pause(Math.min(error?.retryAfterMs ?? pauseMs, cap), this.leaving.signal);
      if (this.leaving.signal.aborted) break;
      counts.resumed += 1;
    }
    this.isOver = true;
  }

  private async subscribe(): Promise<End> {
    const { connect, customer, orderId, owner, recorder } = this.options;
    const after = this.lastVersion === undefined ? {} : { afterVersion: this.lastVersion };
    const call = recorder.invoke(customer, { name: 'orderEvents', orderId, ...after, owner });
    const { signal } = this.leaving;
    return new Promise((resolve) => {
      let over = false;
      let completed = false;
      const end = (how: FrameEnd['how'], error?: CallError) => {
        if (over) return;
        over = true;
        signal.removeEventListener('abort', leave);
        recorder.end(call, how, error);
        resolve(error === undefined ? { how } : { how, error });
      };
      const stop = connect().subscribe(
        { orderId, ...after },
        {
          next: ({ data, errors }) => {
            if (over) return;
            if (errors === undefined && data != null) this.take(call, data.orderEvents);
            else {
              end('error', refusal(errors ?? [{ message: 'an event without data' }]));
              // A refusal completes by itself, and graphql-ws counts a subscription that is left as well twice: it
              // then takes the socket for unused, and closes it under the others.
              setTimeout(() => {
                if (!completed) stop();
              }, COMPLETES_WITHIN_MS).unref();
            }
          },
          error: (cause) => {
            if (isList(cause)) end('error', refusal(cause));
            else end('lost', { code: 'NO_ANSWER', message: closeText(cause) });
          },
          complete: () => {
            completed = true;
            end('complete');
          },
        },
      );
      const leave = () => {
        end('left');
        stop();
      };
      signal.addEventListener('abort', leave);
    });
  }

  private take(call: number, event: SeenEvent): void {
    const { counts, random, recorder, stays } = this.options;
    recorder.frame(call, event);
    counts.frames += 1;
    this.failures = 0;
    this.lastVersion = event.version;
    this.lastStatus = event.status;
    if (AT_REST.has(event.status) && !stays)
      this.leaveAfter(random.integer(FAREWELL_MS.least, FAREWELL_MS.most));
  }

  private leaveAfter(farewellMs: number): void {
    const timer = setTimeout(() => {
      this.leave();
    }, farewellMs);
    this.leaving.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  }
}

/** A refusal of the server is a list of errors; anything else is the end of the socket. */
function isList(cause: unknown): cause is readonly unknown[] {
  return Array.isArray(cause);
}

/** The server's errors. It sends at least one. */
function refusal([first]: readonly unknown[]): CallError {
  return callError(first as GraphQLFault);
}

/** The reason in a close event, which has a code, or in an error event, which has a message. */
function closeText(cause: unknown): string {
  const { code, reason, message } = cause as { code?: number; reason?: string; message?: string };
  return message ?? `closed with ${code ?? 'no code'} ${reason ?? ''}`.trim();
}
