import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';

/** Whom unsent bytes are counted for: a customer, or a network where the client has no valid token. */
export type Owner = `customer ${string}` | `network ${string}`;

export const ownedBy = {
  customer: (customerId: string): Owner => `customer ${customerId}`,
  network: (network: string): Owner => `network ${network}`,
};

interface BufferedSocket {
  /** Bytes that wait in this process. */
  readonly bufferedAmount: number;
}

/** Counts the bytes that wait in this process to be read by an owner's clients, over WebSockets and HTTP responses. */
@Injectable()
export class UnsentBytes {
  private readonly responseBytes = new Map<Owner, number>();
  private readonly sockets = new Map<Owner, Set<BufferedSocket>>();

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'http'>) {}

  /** Adds up all of the owner's sockets, so call it only where something waits. */
  isOverLimit(owner: Owner): boolean {
    let bytes = this.responseBytes.get(owner) ?? 0;
    for (const { bufferedAmount } of this.sockets.get(owner) ?? []) bytes += bufferedAmount;
    return bytes > this.config.http.customerMaxUnsentBytes;
  }

  addResponse(owner: Owner, bytes: number): void {
    this.responseBytes.set(owner, (this.responseBytes.get(owner) ?? 0) + bytes);
  }

  /** To be called once for each addResponse(), with the same number of bytes. */
  removeResponse(owner: Owner, bytes: number): void {
    const remaining = (this.responseBytes.get(owner) ?? 0) - bytes;
    if (remaining > 0) this.responseBytes.set(owner, remaining);
    else this.responseBytes.delete(owner);
  }

  addSocket(owner: Owner, socket: BufferedSocket): void {
    const sockets = this.sockets.get(owner) ?? new Set();
    this.sockets.set(owner, sockets.add(socket));
  }

  removeSocket(owner: Owner, socket: BufferedSocket): void {
    const sockets = this.sockets.get(owner);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.sockets.delete(owner);
  }

  socketsOf(owner: Owner): number {
    return this.sockets.get(owner)?.size ?? 0;
  }
}
