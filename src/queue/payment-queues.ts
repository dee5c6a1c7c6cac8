import type { Queue } from 'bullmq';
import { MESSAGE_KINDS, type MessageKind } from '../outbox/message.js';
import { log } from '../platform/observability/logger.js';
import { jobFor, type PaymentJob } from './payment-queue.js';

export class PaymentQueues {
  constructor(private readonly queues: Readonly<Record<MessageKind, Queue<PaymentJob>>>) {
    for (const kind of MESSAGE_KINDS) {
      // The failed call throws the error too; without a listener BullMQ would print it.
      queues[kind].on('error', (error) => {
        log.debug({ err: error }, 'payment queue');
      });
    }
  }

  of(kind: MessageKind): Queue<PaymentJob> {
    return this.queues[kind];
  }

  /**
   * Adds the messages' jobs, one call for each kind. A job that already waits or runs is not added again.
   * @throws what Redis throws; some of the jobs may have been added
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
