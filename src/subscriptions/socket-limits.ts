import type { WebSocket } from 'ws';
import type { Config } from '../config/config.js';
import { Slots } from '../http/places.js';
import { type Owner, ownedBy, type UnsentBytes } from '../http/unsent-bytes.js';

/** The WebSocket protocol's close code for a fault that will pass; clients connect again after it. */
export const TRY_AGAIN_LATER = 1013;
const MINUTE_MS = 60_000;

/** What one socket, all sockets of one customer, and those of one network without a token may take of this process. */
export class SocketLimits {
  private readonly unauthenticated: Slots;
  private readonly owners = new WeakMap<WebSocket, Owner>();

  constructor(
    private readonly limits: Config['webSocket'],
    private readonly unsent: UnsentBytes,
  ) {
    this.unauthenticated = new Slots(limits.maxUnauthenticatedPerAddress);
  }

  /** Whether one more socket of a network can be opened. */
  hasPlaceFor(network: string): boolean {
    return this.unauthenticated.hasPlace(network);
  }

  /** A new socket, which counts for its network until its customer is known, and at most until it is closed. */
  open(socket: WebSocket, network: string): void {
    this.unauthenticated.enter(network);
    this.setOwner(socket, ownedBy.network(network));
    socket.once('close', () => {
      this.leaveNetwork(socket, network);
      this.setOwner(socket, undefined);
    });
  }

  /** From now on it counts for its customer; false where there are enough of those, and it is to be closed. */
  authenticate(socket: WebSocket, network: string, customerId: string): boolean {
    const owner = ownedBy.customer(customerId);
    if (this.unsent.socketsOf(owner) >= this.limits.socketLimitPerCustomer) return false;
    this.leaveNetwork(socket, network);
    this.setOwner(socket, owner);
    return true;
  }

  messageBudget(socket: WebSocket): MessageBudget {
    return new MessageBudget(socket, this.limits);
  }

  /** Ends a socket whose client, or whose customer's other clients, do not read what they are sent. */
  endWhereUnread(socket: WebSocket): void {
    const unsentBytes = socket.bufferedAmount;
    if (unsentBytes === 0) return;
    const owner = this.owners.get(socket);
    if (unsentBytes > this.limits.bufferLimitBytes || (owner !== undefined && this.unsent.isOverLimit(owner)))
      socket.terminate();
  }

  private leaveNetwork(socket: WebSocket, network: string): void {
    if (this.owners.get(socket) === ownedBy.network(network)) this.unauthenticated.leave(network);
  }

  private setOwner(socket: WebSocket, owner: Owner | undefined): void {
    const before = this.owners.get(socket);
    if (before !== undefined) this.unsent.removeSocket(before, socket);
    this.owners.delete(socket);
    if (owner === undefined) return;
    this.owners.set(socket, owner);
    this.unsent.addSocket(owner, socket);
  }
}

/** Counts the messages of a socket that no points are consumed for. */
export class MessageBudget {
  private messages = 0;
  private minuteEndsMs = Date.now() + MINUTE_MS;

  constructor(
    private readonly socket: WebSocket,
    private readonly limits: Pick<Config['webSocket'], 'messagesPerMinute'>,
  ) {}

  /** One more message; false where there were too many: the socket closes, and nothing more is to be done for it. */
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
