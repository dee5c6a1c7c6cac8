import type { Random } from '../../support/random.js';
import type { Caller } from './caller.js';
import type { Counts } from './counts.js';
import type { Definite } from './outcome.js';
import { pause } from './pause.js';

export interface OperatorOptions {
  readonly caller: Caller;
  readonly counts: Counts;
  readonly random: Random;
  readonly stopping: AbortSignal;
}

const ROUND_MS = { least: 1_500, most: 2_500 };
const RETRY_SHARE = 0.35;
const RETRY_ALL_SHARE = 0.1;
const DISCARD_SHARE = 0.15;
/** What can't be retried or discarded, such as a wrong amount at the gateway, can still be cancelled. */
const CANCEL_SHARE = 0.2;

/** Operators look into a discrepancy for longer than into a dead letter. */
const RESOLVE_SHARE = 0.3;

/** Lists the open dead letters and discrepancies now and then, and sends commands for some. */
export class Operator {
  constructor(private readonly options: OperatorOptions) {}

  async work(): Promise<void> {
    const { random, stopping } = this.options;
    for (;;) {
      await pause(random.integer(ROUND_MS.least, ROUND_MS.most), stopping);
      if (stopping.aborted) break;
      await this.round();
      if (random.chance(RESOLVE_SHARE)) await this.resolveOne();
    }
  }

  private async round(): Promise<void> {
    const { caller, counts, random } = this.options;
    // Not waited for: the next round lists them again.
    const shown = await caller.send({ name: 'deadLetters' }, caller.anyAddress());
    const letters = shown.type === 'ok' ? entriesIn<Letter>(shown) : [];
    if (letters.length === 0) return;
    const { id, order } = random.pick(letters);
    const mood = random.next();
    if (mood >= RETRY_SHARE + RETRY_ALL_SHARE + DISCARD_SHARE + CANCEL_SHARE) return;
    counts.decisions += 1;
    if (mood < RETRY_SHARE) await caller.settle({ name: 'retryDeadLetter', id });
    else if (mood < RETRY_SHARE + RETRY_ALL_SHARE) await caller.settle({ name: 'retryAllDeadLetters' });
    else if (mood < RETRY_SHARE + RETRY_ALL_SHARE + DISCARD_SHARE)
      await caller.settle({ name: 'discardDeadLetter', id });
    else await caller.settle({ name: 'cancelOrder', orderId: order.id });
  }

  private async resolveOne(): Promise<void> {
    const { caller, counts, random } = this.options;
    const shown = await caller.send({ name: 'paymentDiscrepancies' }, caller.anyAddress());
    const discrepancies = shown.type === 'ok' ? entriesIn<{ readonly id: string }>(shown) : [];
    if (discrepancies.length === 0) return;
    const { id } = random.pick(discrepancies);
    counts.decisions += 1;
    const action = random.pick(['REFUND', 'ACCEPT'] as const);
    await caller.settle({ name: 'resolvePaymentDiscrepancy', id, action });
  }
}

interface Letter {
  readonly id: string;
  readonly order: { readonly id: string };
}

function entriesIn<Entry>({ answer }: Definite & { readonly type: 'ok' }): Entry[] {
  const { edges } = answer as { readonly edges: readonly { readonly node: Entry }[] };
  return edges.map(({ node }) => node);
}
