import { Database } from '../../dist/platform/database.js';

/** Plans are made anew for some executions, until PostgreSQL keeps one. */
const EXECUTIONS = 7;
const TABLES = ['orders', 'order_items', 'order_events', 'payments', 'outbox_messages', 'payment_declines'];
const SETTINGS = {
  session_preload_libraries: 'auto_explain',
  client_min_messages: 'log',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
};

/** What PostgreSQL does for the statements that the system's own code sends, at the moment it does it. */
export class Plans {
  #plans = [];

  /** @param url of a database, with a user who may load auto_explain */
  static async open(url) {
    const plans = new Plans();
    await plans.#connect(url);
    return plans;
  }

  async #connect(url) {
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
    this.database.pool.on('connect', (client) => {
      client.on('notice', ({ message }) => this.#note(message));
    });
  }

  /**
   * Plans of the statements that `work` sends to the database it is given, each with its buffers; what it does is
   * rolled back.
   */
  async of(work) {
    for (let execution = 1; execution <= EXECUTIONS; execution += 1) {
      // What was rolled back leaves remains that would have to be read; by itself VACUUM passes over a few.
      if (execution === EXECUTIONS)
        await this.database.$executeRawUnsafe(`VACUUM (INDEX_CLEANUP ON) ${TABLES.join(', ')}`);
      this.#plans = [];
      const done = new Error('rolled back');
      const running = this.database.$transaction(
        async (transaction) => {
          await work(transaction);
          throw done;
        },
        { timeout: 60_000 },
      );
      await running.catch((error) => {
        if (error !== done) throw error;
      });
    }
    return this.#plans;
  }

  close() {
    return this.database.$disconnect();
  }

  #note(message) {
    const [, ms, text] = /^duration: ([\d.]+) ms {2}plan:\n([^]*)/.exec(message) ?? [];
    if (text === undefined) return;
    const start = text.search(/^\S[^\n]*\(cost=/m);
    const plan = text.slice(start).replaceAll(/ {2}\(cost=\S+ rows=\d+ width=\d+\)/g, '');
    const [, hit = 0, read = 0] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(plan) ?? [];
    this.#plans.push({ plan, ms: Number(ms), buffers: Number(hit) + Number(read) });
  }
}
