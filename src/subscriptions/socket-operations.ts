/** graphql-ws writes an operation's id first. */
const INNER_ID = /^\{"id":"\d+:/;

/**
 * The operations of one socket, each under a unique inner id. The protocol allows a client to reuse an id as soon as
 * it has completed the operation, which may still be being set up or ended: by the client's id, graphql-ws would
 * confuse the two.
 */
export class SocketOperations {
  /** Inner ids by the client's ids: operations that the client has not completed, and that have not ended. */
  private readonly active = new Map<string, string>();
  /** Completed by the client during their set-up, which can't be stopped. */
  private readonly abandoned = new Set<string>();
  private readonly settingUp = new Set<string>();
  private opened = 0;

  /** @returns the inner id of a new operation; undefined where the client has an active one with this id */
  open(clientId: string): string | undefined {
    if (this.active.has(clientId)) return undefined;
    this.opened += 1;
    const innerId = `${this.opened}:${clientId}`;
    this.active.set(clientId, innerId);
    this.settingUp.add(innerId);
    return innerId;
  }

  /** The client completes an operation. @returns its inner id; undefined where no operation with this id is active */
  complete(clientId: string): string | undefined {
    const innerId = this.active.get(clientId);
    if (innerId === undefined) return undefined;
    this.active.delete(clientId);
    if (this.settingUp.has(innerId)) this.abandoned.add(innerId);
    return innerId;
  }

  isActive(innerId: string): boolean {
    return this.active.get(clientIdOf(innerId)) === innerId;
  }

  /** The operation is set up, and its events may follow. */
  begin(innerId: string): void {
    this.settingUp.delete(innerId);
    this.abandoned.delete(innerId);
  }

  end(innerId: string): void {
    this.begin(innerId);
    if (this.isActive(innerId)) this.active.delete(clientIdOf(innerId));
  }

  /** Active operations, and those whose set-up continues although the client has completed them. */
  get count(): number {
    return this.active.size + this.abandoned.size;
  }
}

export function clientIdOf(innerId: string): string {
  return innerId.slice(innerId.indexOf(':') + 1);
}

/** A message of graphql-ws with the client's id instead of the inner one. */
export function withClientId(message: string): string {
  return message.replace(INNER_ID, '{"id":"');
}
