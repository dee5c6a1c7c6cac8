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

/** Lists the open dead letters now and then, and sends commands for some. */
export class Operator {
  constructor(private readonly options: OperatorOptions) {}

  async work(): Promise<void> {
    const { random, stopping } = this.options;
    for (;;) {
      await pause(random.integer(ROUND_MS.least, ROUND_MS.most), stopping);
      if (stopping.aborted) break;
      await this.round();
    }
  }

  private async round(): Promise<void> {
    const { caller, counts, random } = this.options;
    // Not waited for: the next round lists them again.
    const shown = await caller.send({ name: 'deadLetters' }, caller.anyAddress());
    const letters = shown.type === 'ok' ? lettersIn(shown) : [];
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
}

interface Letter {
  readonly id: string;
  readonly order: { readonly id: string };
}

function lettersIn({ answer }: Definite & { readonly type: 'ok' }): Letter[] {
  const { edges } = answer as { readonly edges: readonly { readonly node: Letter }[] };
  return edges.map(({ node }) => node);
}
