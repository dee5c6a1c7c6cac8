import { setTimeout as delay } from 'node:timers/promises';
import { disagreements } from '../checker/disagreements.js';
import type { System } from '../system/system.js';
import { readDump } from './dump.js';
import { readPayments } from './gateway-payments.js';
import type { Observed } from './observed.js';

const INTERVAL_MS = 1_000;

/**
 * When all is at rest: waits until the system has read all payments from the gateway's list, and every difference is
 * listed, and none that isn't there. What is not so in time shows in the evidence.
 */
export async function untilBooksAgree(
  system: Pick<System, 'sandbox'> & Pick<Observed, 'postgres'>,
  now: () => number,
  timeoutMs: number,
): Promise<void> {
  const deadline = now() + timeoutMs;
  while (now() < deadline) {
    const payments = await readPayments(system);
    const dump = await readDump(system);
    if (
      disagreements({ payments, dump }).length === 0 &&
      (await hasReadUpTo(system, payments.at(-1)?.createdAt))
    )
      return;
    await delay(INTERVAL_MS);
  }
}

async function hasReadUpTo(
  { postgres }: Pick<Observed, 'postgres'>,
  newest: string | undefined,
): Promise<boolean> {
  const [list] = await postgres.query<{ hasRead: boolean }>(
    `SELECT covered_until > $1::timestamptz + interval '1 second' AS "hasRead"
     FROM reconcile_progress WHERE list = 'payments'`,
    [newest ?? new Date(0).toISOString()],
  );
  return list?.hasRead ?? false;
}
