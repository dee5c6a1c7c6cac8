import type { WebSocket } from 'ws';
import type { Config } from '../config/config.js';
import { Slots } from '../http/slots.js';
import { type Owner, ownedBy, type UnsentBytes } from '../http/unsent-bytes.js';

/** The WebSocket close code for a temporary condition (IANA's registry); clients reconnect after it. */
export const TRY_AGAIN_LATER = 1013;
const MINUTE_MS = 60_000;

/** What one socket, the sockets of one customer, and those of one network without a token may take of this process. */
export class SocketLimits {
  private readonly unauthenticated: Slots;
  private readonly owners = new WeakMap<WebSocket, Owner>();

  constructor(
    private readonly limits: Config['webSocket'],
    private readonly unsent: UnsentBytes,
  ) {
    this.unauthenticated = new Slots(limits.maxUnauthenticatedPerAddress);
  }

  /** Whether a network may open one more socket. */
  canOpen(network: string): boolean {
    return this.unauthenticated.hasFree(network);
  }

  /** Counts a new socket for its network, until it is authenticated or closed. */
  open(socket: WebSocket, network: string): void {
    this.unauthenticated.take(network);
    this.setOwner(socket, ownedBy.network(network));
    socket.once('close', () => {
      this.releaseNetwork(socket, network);
      this.setOwner(socket, undefined);
    });
  }

  /**
   * Counts a socket for its customer instead of its network.
   * @returns false where the customer has its maximum of sockets; the caller closes the socket then
   */
  authenticate(socket: WebSocket, network: string, customerId: string): boolean {
    const owner = ownedBy.customer(customerId);
    if (this.unsent.socketsOf(owner) >= this.limits.socketLimitPerCustomer) return false;
    this.releaseNetwork(socket, network);
    this.setOwner(socket, owner);
    return true;
  }

  messageBudget(socket: WebSocket): MessageBudget {
    return new MessageBudget(socket, this.limits);
  }

  /** Terminates a socket where too many bytes wait to be read by its client, or by all clients of its owner. */
  terminateIfUnread(socket: WebSocket): void {
    const unsentBytes = socket.bufferedAmount;
    if (unsentBytes === 0) return;
    const owner = this.owners.get(socket);
    if (unsentBytes > this.limits.bufferLimitBytes || (owner !== undefined && this.unsent.isOverLimit(owner)))
      socket.terminate();
  }

  private releaseNetwork(socket: WebSocket, network: string): void {
    if (this.owners.get(socket) === ownedBy.network(network)) this.unauthenticated.release(network);
  }

  private setOwner(socket: WebSocket, owner: Owner | undefined): void {
    const previous = this.owners.get(socket);
    if (previous !== undefined) this.unsent.removeSocket(previous, socket);
    this.owners.delete(socket);
    if (owner === undefined) return;
    this.owners.set(socket, owner);
    this.unsent.addSocket(owner, socket);
  }
}

/** Counts the messages of a socket that consume no points: pings, pongs, invalid ones and rejected operations. */
export class MessageBudget {
  private messages = 0;
  private minuteEndsMs = Date.now() + MINUTE_MS;

  constructor(
    private readonly socket: WebSocket,
    private readonly limits: Pick<Config['webSocket'], 'messagesPerMinute'>,
  ) {}

  /** Counts a message. @returns false where there were too many: the socket is closed, and the message ignored */
  consume(): boolean {
    if (Date.now() >= this.minuteEndsMs) {
      this.messages = 0;
      this.minuteEndsMs = Date.now() + MINUTE_MS;
    }
    this.messages += 1;
    if (this.messages <= this.limits.messagesPerMinute) return true;
    this.socket.close(TRY_AGAIN_LATER, 'Too many messages');
    return false;
  }
}
