import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';

/** Whose client it is that reads, or doesn't: a customer's, or somebody's of a network without a token. */
export type Owner = `customer ${string}` | `network ${string}`;

export const ownedBy = {
  customer: (customerId: string): Owner => `customer ${customerId}`,
  network: (network: string): Owner => `network ${network}`,
};

interface BufferedSocket {
  /** Bytes that wait in this process to be sent. */
  readonly bufferedAmount: number;
}

/** What waits in this process to be read by its clients: of each customer over all WebSockets and HTTP answers. */
@Injectable()
export class UnsentBytes {
  private readonly answers = new Map<Owner, number>();
  private readonly sockets = new Map<Owner, Set<BufferedSocket>>();

  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'http'>) {}

  /** Asked only where something waits: it looks at each of the owner's sockets. */
  isOverLimit(owner: Owner): boolean {
    let bytes = this.answers.get(owner) ?? 0;
    for (const { bufferedAmount } of this.sockets.get(owner) ?? []) bytes += bufferedAmount;
    return bytes > this.config.http.customerMaxUnsentBytes;
  }

  addAnswer(owner: Owner, bytes: number): void {
    this.answers.set(owner, (this.answers.get(owner) ?? 0) + bytes);
  }

  /** To be called once for each addAnswer(), with the same number of bytes. */
  removeAnswer(owner: Owner, bytes: number): void {
    const left = (this.answers.get(owner) ?? 0) - bytes;
    if (left > 0) this.answers.set(owner, left);
    else this.answers.delete(owner);
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
