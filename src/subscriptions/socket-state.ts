import type { SubscribePayload } from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Caller } from '../auth/caller.js';
import type { MessageBudget } from './socket-limits.js';
import type { SocketOperations } from './socket-operations.js';

/** The state of one socket, which graphql-ws passes to each of its callbacks as "extra". */
export interface SocketState {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** The client's IP address. */
  readonly address: string;
  readonly operations: SocketOperations;
  readonly budget: MessageBudget;
  /** By inner id: the payloads of subscriptions that have not begun yet, which are kept from graphql-ws. */
  readonly payloads: Map<string, SubscribePayload>;
  /** By inner id: stops counting the bytes that a subscription retains. */
  readonly releases: Map<string, () => void>;
  /** Undefined until the socket is authenticated. */
  caller?: Caller;
  /** Closes the socket when its token expires. */
  expiryTimer?: NodeJS.Timeout;
}
