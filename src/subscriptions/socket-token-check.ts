import { CloseCode } from 'graphql-ws';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Authenticator } from '../auth/authenticator.js';
import type { Caller } from '../auth/caller.js';
import type { Config } from '../config/config.js';
import { log } from '../platform/observability/logger.js';

/** A close takes some 10 µs: requests wait for a millisecond of them at most. */
const MAX_CLOSES_PER_TURN = 100;

/**
 * Closes the sockets of tokens whose key the issuer has withdrawn. No signature is verified again: a caller remembers
 * the key that its token was verified with.
 */
export class SocketTokenCheck {
  private readonly callers = new Map<WebSocket, Caller>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly authenticator: Pick<Authenticator, 'isWithdrawn' | 'refreshKeys'>,
    private readonly auth: Pick<Config['auth'], 'key' | 'keySet'>,
  ) {}

  /** Checks at intervals. A shared secret can't be withdrawn while the process runs, so nothing is checked then. */
  start(): void {
    if (this.auth.key.kind !== 'key-set') return;
    this.timer = setInterval(() => {
      this.runOnce().catch((error: unknown) => {
        log.error({ err: error }, 'the tokens of WebSockets could not be checked again');
      });
    }, this.auth.keySet.refreshIntervalMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  add(socket: WebSocket, caller: Caller): void {
    this.callers.set(socket, caller);
  }

  remove(socket: WebSocket): void {
    this.callers.delete(socket);
  }

  /** Refreshes the key set, then checks every socket. */
  async runOnce(): Promise<{ readonly closed: number }> {
    await this.authenticator.refreshKeys();
    let closed = 0;
    for (const [socket, caller] of this.callers) {
      if (!this.authenticator.isWithdrawn(caller)) continue;
      this.callers.delete(socket);
      socket.close(CloseCode.Forbidden, 'Forbidden');
      closed += 1;
      if (closed % MAX_CLOSES_PER_TURN === 0) await nextTurn();
    }
    if (closed > 0)
      log.warn({ closed }, 'WebSockets were closed because the key of their tokens was withdrawn');
    return { closed };
  }
}
