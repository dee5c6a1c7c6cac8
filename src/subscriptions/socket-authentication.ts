import { GraphQLError } from 'graphql';
import { CloseCode, type Context } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Authenticator, KeySetUnavailableError } from '../auth/authenticator.js';
import type { Caller } from '../auth/caller.js';
import type { OperationLimits } from '../graphql/limits/operation-limits.js';
import { networkOf } from '../http/client-address.js';
import { releaseConnection } from '../http/connection-limit.js';
import { log } from '../platform/observability/logger.js';
import { type SocketLimits, TRY_AGAIN_LATER } from './socket-limits.js';
import type { SocketState } from './socket-state.js';
import type { SocketTokenCheck } from './socket-token-check.js';

/** The longest delay that setTimeout takes, 24 days; a socket of a longer token is closed then. */
const MAX_TIMER_MS = 2_147_483_647;

export type ConnectionParams = Record<string, unknown>;

/** Authenticates sockets by the token in their first message, and closes them when it is no longer valid. */
export class SocketAuthentication {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly operationLimits: OperationLimits,
    private readonly socketLimits: SocketLimits,
    private readonly tokenCheck: SocketTokenCheck,
  ) {}

  /**
   * The socket is closed with 4403 when its token expires, or the token's key is withdrawn.
   * @returns false where the socket is closed already, or is to be closed with 4403 because its token is not valid
   */
  async authenticate(context: Context<ConnectionParams, SocketState>): Promise<boolean> {
    const { connectionParams, extra: state } = context;
    const { socket, request, address } = state;
    // graphql-ws would keep them as long as the socket, and they may be long.
    delete (context as { connectionParams?: unknown }).connectionParams;
    const caller = await this.callerOf(connectionParams?.['Authorization'], state);
    // Where the socket has closed meanwhile, end() has been called already.
    if (caller === undefined || socket.readyState !== WebSocket.OPEN) return false;
    if (!this.socketLimits.authenticate(socket, networkOf(address), caller.customerId)) {
      socket.close(TRY_AGAIN_LATER, 'Too many sockets');
      return false;
    }
    releaseConnection(request.socket);
    state.caller = caller;
    this.tokenCheck.add(socket, caller);
    const remainingMs = Math.max(0, caller.expiresAtMs - Date.now());
    state.expiryTimer = setTimeout(
      () => {
        socket.close(CloseCode.Forbidden, 'Forbidden');
      },
      Math.min(remainingMs, MAX_TIMER_MS),
    );
    return true;
  }

  /** To be called when the socket has closed. */
  end({ socket, expiryTimer }: SocketState): void {
    clearTimeout(expiryTimer);
    this.tokenCheck.remove(socket);
  }

  /** Undefined for an invalid token, and where the socket was closed because the token can't be checked now. */
  private async callerOf(
    authorization: unknown,
    { socket, address }: SocketState,
  ): Promise<Caller | undefined> {
    try {
      const caller = await this.authenticator.authenticate(authorization);
      if (caller === undefined) await this.operationLimits.consumeForAnonymous(address);
      return caller;
    } catch (error) {
      if (error instanceof KeySetUnavailableError)
        log.warn({ err: error }, 'a WebSocket could not be authenticated');
      // A GraphQLError says that the address is over its rate limit, which is not worth a log entry.
      else if (!(error instanceof GraphQLError)) throw error;
      socket.close(TRY_AGAIN_LATER, 'Try again later');
      return undefined;
    }
  }
}
