import { Database } from '../../src/platform/database/database.js';
import type { DatabasePool } from '../../src/platform/database/database-pool.js';

/** PostgreSQL plans each of some executions anew before it may keep a generic plan. */
const EXECUTIONS = 7;
const TABLES = ['orders', 'order_items', 'order_events', 'payments', 'outbox_messages', 'payment_declines'];
const SETTINGS = {
  session_preload_libraries: 'auto_explain',
  client_min_messages: 'log',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
};

/** What PostgreSQL did for a statement. */
export interface Plan {
  readonly text: string;
  readonly ms: number;
  readonly buffers: number;
}

/** The actual plans of the statements that the system's own code sends. */
export class Plans {
  readonly database: Database;
  private plans: Plan[] = [];

  /** @param url of a database, with a user that may load auto_explain */
  constructor(url: string) {
    const connection = new URL(url);
    const settings = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
    connection.searchParams.set('options', settings.join(' '));
    this.database = new Database({
      database: {
        url: connection.href,
        poolSize: 1,
        queueLimit: 10,
        connectTimeoutMs: 10_000,
        queryTimeoutMs: 60_000,
      },
    });
    (this.database.pool as DatabasePool).on('connect', (client) => {
      client.on('notice', ({ message }) => {
        this.note(message ?? '');
      });
    });
  }

  /**
   * The plan of the last statement that `work` sends to the given database; the ones before it only prepare
   * for it. All of them are rolled back.
   */
  async of(work: (database: Database) => Promise<unknown>): Promise<Plan> {
    for (let execution = 1; execution <= EXECUTIONS; execution += 1) {
      // Rollbacks leave dead rows that would be read; VACUUM alone would skip a few of them.
      if (execution === EXECUTIONS)
        await this.database.$executeRawUnsafe(`VACUUM (INDEX_CLEANUP ON) ${TABLES.join(', ')}`);
      this.plans = [];
      const done = new Error('rolled back');
      const running = this.database.$transaction(
        async (transaction) => {
          // It has everything that statements use.
          await work(transaction as Database);
          throw done;
        },
        { timeout: 60_000 },
      );
      await running.catch((error: unknown) => {
        if (error !== done) throw error;
      });
    }
    const plan = this.plans.at(-1);
    if (plan === undefined) throw new Error('PostgreSQL reported no plan');
    return plan;
  }

  async close(): Promise<void> {
    await this.database.$disconnect();
  }

  private note(message: string): void {
    const [, ms, told] = /^duration: ([\d.]+) ms {2}plan:\n([^]*)/.exec(message) ?? [];
    if (told === undefined) return;
    const start = told.search(/^\S[^\n]*\(cost=/m);
    const text = told.slice(start).replaceAll(/ {2}\(cost=\S+ rows=\d+ width=\d+\)/g, '');
    const [, hit = 0, read = 0] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(text) ?? [];
    this.plans.push({ text, ms: Number(ms), buffers: Number(hit) + Number(read) });
  }
}
