import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../config/config.js';
import { RelayWakeUp } from './relay-wake-up.js';
import { CONFIG } from '../config/token.js';
import { log } from '../platform/observability/logger.js';
import { WakeableLoop } from '../platform/wakeable-loop.js';
import { Relay } from './relay.js';

/** Runs the relay after a wake-up, and by a slow poll in case one was lost. */
@Injectable()
export class RelayLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: WakeableLoop;
  private unfollow: (() => void) | undefined;

  constructor(
    relay: Relay,
    private readonly wakeUp: RelayWakeUp,
    @Inject(CONFIG) config: Pick<Config, 'relay'>,
  ) {
    const { batchSize, pollIntervalMs } = config.relay;
    this.loop = new WakeableLoop({
      run: async () => (await relay.runOnce()).delivered === batchSize,
      intervalMs: pollIntervalMs,
      onError: (error, consecutive) => {
        // One warning for each outage, not for each attempt.
        const level = consecutive === 1 ? 'warn' : 'debug';
        log[level]({ err: error, consecutive }, 'relay could not deliver; messages stay in the outbox');
      },
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.unfollow = this.wakeUp.follow(() => {
      this.loop.wake();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unfollow?.();
    await this.loop.stop();
  }
}
