import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../config.js';
import { OutboxNews } from '../outbox/outbox-news.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { WakeableLoop } from '../platform/wakeable-loop.js';
import { Relay } from './relay.js';

/** While Redis takes one batch, PostgreSQL hands out the next one. A third has nobody left to wait for. */
const BATCHES_AT_ONCE = 2;

/** Runs the relay when a commit wakes it, and on a slow poll that makes it certain. */
@Injectable()
export class RelayLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: WakeableLoop;
  private unfollow: (() => void) | undefined;

  constructor(
    relay: Relay,
    private readonly news: OutboxNews,
    @Inject(CONFIG) config: Pick<Config, 'relay'>,
  ) {
    const { batchSize, pollIntervalMs } = config.relay;
    let hasBacklog = false;
    this.loop = new WakeableLoop({
      run: async () => {
        hasBacklog = await runBatches(relay, hasBacklog ? BATCHES_AT_ONCE : 1, batchSize);
        return hasBacklog;
      },
      intervalMs: pollIntervalMs,
      onError: (error, consecutive) => {
        // An outage is told once, not with every try.
        const level = consecutive === 1 ? 'warn' : 'debug';
        log[level]({ err: error, consecutive }, 'relay could not deliver; messages stay in the outbox');
      },
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.unfollow = this.news.follow(() => {
      this.loop.wake();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unfollow?.();
    await this.loop.stop();
  }
}

/**
 * @returns whether more messages may wait
 * @throws what a batch throws, when all of them have ended
 */
async function runBatches(relay: Relay, count: number, batchSize: number): Promise<boolean> {
  const runs = await Promise.allSettled(Array.from({ length: count }, () => relay.runOnce()));
  const failed = runs.find((run) => run.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return runs.some((run) => run.status === 'fulfilled' && run.value.delivered === batchSize);
}
