import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { GatewayUnavailableError } from '../payment-gateway.js';
import { openGap, readHistory } from './database-history.js';

/** Keeps a process from making payments for orders of a database that has gone back. Costs nothing in normal times. */
@Injectable()
export class RewindGuard {
  private highestBeat = 0;

  constructor(private readonly database: Database) {}

  /**
   * @param beat as it was read with the order
   * @throws GatewayUnavailableError where the order has to be read again; what the database throws
   */
  async require(beat: number): Promise<void> {
    const seenBeat = this.highestBeat;
    if (beat >= seenBeat) {
      this.highestBeat = beat;
      return;
    }
    // Orders that were read earlier may get here later: only a beat that is read now tells.
    const now = await readHistory(this.database);
    if (now.beat >= seenBeat) return;
    const reason = `its newest beat is ${now.beat}, and ${seenBeat} was seen before`;
    log.error({ reason }, 'PostgreSQL lost commits while this worker was running');
    await openGap(this.database, { seenBeat, reason });
    throw new GatewayUnavailableError('PostgreSQL has lost commits', { isGlobal: true });
  }
}
