import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { CONFIG } from './config-token.js';
import { Database } from './database.js';
import { within } from './deadline.js';
import { log } from './logger.js';
import { failFast, RedisConnections } from './redis.js';
import { sharedAnswer } from './shared-answer.js';

export interface ReadinessReport {
  /** ready: everything works. degraded: this process does its work, with less comfort. */
  readonly status: 'ready' | 'degraded' | 'not ready';
  readonly database: 'up' | 'down';
  readonly redis: 'up' | 'down';
}

/** Orchestrators ask every few seconds and give up after one or two. */
const CHECK_TIMEOUT_MS = 1_500;

/** Whether this process can do its work. The database is needed by all; Redis by the relay and the worker only. */
@Injectable()
export class Readiness {
  // Whoever asks often, or from many places, takes no connection from the requests.
  private readonly askDatabase: () => Promise<unknown>;
  private readonly askRedis: () => Promise<unknown>;
  private draining = false;

  constructor(
    database: Database,
    connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'roles'>,
  ) {
    const redis = connections.open(failFast(CHECK_TIMEOUT_MS));
    this.askDatabase = sharedAnswer(async () => database.$queryRaw`/* ping */ SELECT 1`);
    this.askRedis = sharedAnswer(() => redis.ping());
  }

  /** From now on the report is "not ready", so that no new work is sent here. */
  drain(): void {
    this.draining = true;
  }

  /** Answers within CHECK_TIMEOUT_MS, whatever is down. */
  async report(): Promise<ReadinessReport> {
    const [database, redis] = await Promise.all([
      answers('database', this.askDatabase),
      answers('redis', this.askRedis),
    ]);
    const needsRedis = !this.config.roles.has('api');
    const unable = this.draining || database === 'down' || (needsRedis && redis === 'down');
    return { status: unable ? 'not ready' : redis === 'down' ? 'degraded' : 'ready', database, redis };
  }
}

async function answers(what: string, ask: () => Promise<unknown>): Promise<'up' | 'down'> {
  try {
    await within(CHECK_TIMEOUT_MS, `asking the ${what}`, ask());
    return 'up';
  } catch (error) {
    log.debug({ err: error }, `the ${what} does not answer`);
    return 'down';
  }
}
