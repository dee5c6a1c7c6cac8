import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findFixedPorts } from '../../support/fixed-ports.js';
import type { OwnPostgres } from '../../support/own-postgres.js';
import { LaggingStandby } from './lagging-standby.js';
import type { Link } from './link.js';
import type { Parts } from './parts.js';

/** The PostgreSQL of the system: one at first, then whichever has taken over. */
export class PostgresServers {
  private started = 0;

  constructor(
    private server: OwnPostgres,
    private readonly directory: string,
    private readonly parts: Parts,
  ) {}

  /** The one that the system uses. */
  get current(): OwnPostgres {
    return this.server;
  }

  /** Starts a standby of the current server, and waits until it follows. */
  async startStandby(): Promise<LaggingStandby> {
    this.started += 1;
    const name = `standby-${this.started}`;
    const [port = 0] = await findFixedPorts(1);
    return this.parts.add(
      await LaggingStandby.start(this.server, {
        dataDir: join(this.directory, 'postgres-standbys', name),
        logPath: join(this.directory, 'logs', `postgres-${name}.log`),
        port,
      }),
    );
  }

  /** Promotes a standby, and leads the links to it. The current server must be down; its data is removed. */
  async failOverTo(standby: LaggingStandby, links: readonly Link[]): Promise<void> {
    const old = this.server;
    await standby.takeOver();
    this.server = standby.postgres;
    for (const link of links) if (link.kind === 'postgres') link.leadTo(this.server.url);
    await old.end();
    await rm(old.dataDir, { recursive: true, force: true });
  }
}
