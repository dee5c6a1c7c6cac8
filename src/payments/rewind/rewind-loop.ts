import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { log } from '../../platform/observability/logger.js';
import { WakeableLoop } from '../../platform/wakeable-loop.js';
import { RewindCheck } from './rewind-check.js';

/** Checks the database's history while the process runs. */
@Injectable()
export class RewindLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: WakeableLoop;

  constructor(check: RewindCheck, @Inject(CONFIG) { database }: Pick<Config, 'database'>) {
    this.loop = new WakeableLoop({
      run: async () => {
        await check.runOnce();
        return false;
      },
      intervalMs: database.historyCheckIntervalMs,
      onError: (error, consecutive) => {
        const level = consecutive === 1 ? 'warn' : 'debug';
        log[level](
          { err: error, consecutive },
          "the database's history could not be checked; it will be tried again",
        );
      },
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
