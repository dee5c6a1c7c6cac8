import { randomUUID } from 'node:crypto';
import { PaymentQueue } from '../payment-queue.js';
import { serve } from '../subject.js';

/** A number of jobs. */
export interface Jobs {
  readonly count: number;
}

/** BullMQ's addBulk alone. It adds `count` jobs and answers with jobs a second. */
const payments = new PaymentQueue(process.env['REDIS_URL'] ?? '');
serve(async (question) => {
  const { count } = question as Jobs;
  const orderIds = Array.from({ length: count }, () => randomUUID());
  const start = performance.now();
  await payments.add(orderIds);
  return (count * 1_000) / (performance.now() - start);
});
