import { once } from 'node:events';
import { readCommandConfig } from '../../../config/config.js';
import { OrderTransitions } from '../../../orders/transition-order.js';
import { Database } from '../../../platform/database/database.js';
import { PacedBooks } from '../paced-books.js';
import { StripeBooks } from '../../stripe/stripe-books.js';
import type { ReconcileArguments } from './arguments.js';
import { CompareAll } from './compare-all.js';
import { report } from './report.js';

/** Subscribers learn of new events by their own slow check. */
const NO_NOTIFIER = { publish: () => undefined };

/**
 * `npm run reconcile`: compares, and prints what is open: on standard output, progress on standard error.
 * @returns how many discrepancies are open
 * @throws ConfigError, GatewayUnavailableError, and what the database throws
 */
export async function runReconcileCommand({ sinceMs, json }: ReconcileArguments): Promise<number> {
  const config = readCommandConfig(process.env);
  const since = new Date(Date.now() - sinceMs);
  const database = new Database(config);
  try {
    const transitions = new OrderTransitions(database, NO_NOTIFIER, config);
    const books = new PacedBooks(new StripeBooks(config.payment));
    const compareAll = new CompareAll({ database, books, transitions, config, say });
    const compared = await compareAll.run(since);
    return await report(database, { json, since, compared, write });
  } finally {
    await database.$disconnect();
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
