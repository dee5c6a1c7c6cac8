import type { OwnPostgres } from '../../support/own-postgres.js';
import type { OwnServerOptions } from '../../support/own-server.js';
import { waitFor } from '../../support/wait-for.js';
import { Link } from './link.js';
import type { Part } from './parts.js';

const CATCH_UP_TIMEOUT_MS = 60_000;

/** A standby by streaming replication over a link of its own, on which it can be left behind. */
export class LaggingStandby implements Part {
  private constructor(
    readonly primary: OwnPostgres,
    readonly postgres: OwnPostgres,
    private readonly link: Link,
  ) {}

  /** Resolves when it follows the primary. @param options.dataDir is created */
  static async start(primary: OwnPostgres, options: OwnServerOptions): Promise<LaggingStandby> {
    const link = await Link.open({
      name: 'standby → postgres',
      kind: 'replication',
      owner: 'standby',
      targets: [primary.url],
    });
    try {
      const postgres = await primary.startStandby({ ...options, primaryUrl: link.url });
      const standby = new LaggingStandby(primary, postgres, link);
      await standby.untilItHasEverything();
      return standby;
    } catch (error) {
      await link.end();
      throw error;
    }
  }

  /** Waits until everything that was committed before the call is on the standby's disk. */
  async untilItHasEverything(): Promise<void> {
    // A record of its own: the end of an earlier one may only be sent with the next.
    const [now] = await this.primary.query<{ lsn: string }>(
      "SELECT pg_logical_emit_message(true, 'drill', '')::text AS lsn",
    );
    if (now === undefined) throw new Error('PostgreSQL does not say how much it has written');
    const hasIt = async () => {
      const [row] = await this.postgres.query<{ has: boolean }>(
        'SELECT pg_last_wal_receive_lsn() >= $1::pg_lsn AS has',
        [now.lsn],
      );
      return row?.has === true;
    };
    await waitFor('the standby to catch up', hasIt, CATCH_UP_TIMEOUT_MS);
  }

  /** From now on it gets nothing, and neither side notices. */
  leaveBehind(): void {
    this.link.swallow('back');
  }

  /** Makes it the only server: the primary must be down. */
  async takeOver(): Promise<void> {
    await this.postgres.promote();
    await this.link.end();
  }

  async end(): Promise<void> {
    await this.postgres.end();
    await this.link.end();
  }

  endNow(): void {
    this.postgres.endNow();
  }
}
