import type { Queue } from 'bullmq';
import { MESSAGE_KINDS, type MessageKind } from '../outbox/message.js';
import { log } from '../platform/observability/logger.js';
import { jobFor, type PaymentJob } from './payment-queue.js';

/** The queues of all kinds of work, for whoever adds jobs or looks after them. */
export class PaymentQueues {
  constructor(private readonly queues: Readonly<Record<MessageKind, Queue<PaymentJob>>>) {
    for (const kind of MESSAGE_KINDS) {
      // What fails is told by the call that failed; without a listener BullMQ prints it a second time.
      queues[kind].on('error', (error) => {
        log.debug({ err: error }, 'payment queue');
      });
    }
  }

  of(kind: MessageKind): Queue<PaymentJob> {
    return this.queues[kind];
  }

  /**
   * Adds the messages' jobs, those of one kind in one call. A job that waits or runs already is not added again.
   * @throws where Redis refuses one of them; others may have been added
   */
  async add(messages: readonly { readonly kind: MessageKind; readonly orderId: string }[]): Promise<void> {
    await Promise.all(
      MESSAGE_KINDS.map(async (kind) => {
        const jobs = messages.filter((message) => message.kind === kind).map(jobFor);
        if (jobs.length > 0) await this.queues[kind].addBulk(jobs);
      }),
    );
  }
}
