import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { DependencyChecks } from './dependency-checks.js';

export interface ReadinessReport {
  /** ready: everything works. degraded: this process does its work, with less comfort. */
  readonly status: 'ready' | 'degraded' | 'not ready';
  /** up: it answers and takes writes. */
  readonly database: 'up' | 'down';
  readonly redis: 'up' | 'down';
  /** Why it is not ready, or degraded; a sentence each. */
  readonly reasons: readonly string[];
}

/**
 * Whether this process can do its work now. All need a database that takes writes and has this release's tables; Redis
 * is needed by the relay and the worker only.
 */
@Injectable()
export class Readiness {
  private draining = false;

  constructor(
    private readonly checks: DependencyChecks,
    @Inject(CONFIG) private readonly config: Pick<Config, 'roles'>,
  ) {}

  /** From now on the report is "not ready", so that no new work is sent here. */
  drain(): void {
    this.draining = true;
  }

  /** Answers within the checks' deadline, whatever is down. */
  async report(): Promise<ReadinessReport> {
    const [database, redis] = await Promise.all([this.checks.database(), this.checks.redis()]);
    const needsRedis = !this.config.roles.has('api');
    const unable = this.draining || database.reasons.length > 0 || (needsRedis && !redis.isUp);
    return {
      status: unable ? 'not ready' : redis.isUp ? 'ready' : 'degraded',
      database: database.isUp ? 'up' : 'down',
      redis: redis.isUp ? 'up' : 'down',
      reasons: [
        ...(this.draining ? ['The process is stopping.'] : []),
        ...database.reasons,
        ...redis.reasons,
      ],
    };
  }
}
