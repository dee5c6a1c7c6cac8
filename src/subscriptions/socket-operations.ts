/** graphql-ws writes an operation's id first. */
const INNER_ID = /^\{"id":"\d+:/;

/**
 * The operations of one socket, each under an inner id that no other one ever has. A client may use an id again as
 * soon as it has completed it (the protocol allows it), while the earlier operation is still being set up or ended:
 * under one id graphql-ws would take the two for one.
 */
export class SocketOperations {
  /** By the client's ids: those that the client has not completed, and that have not ended. */
  private readonly active = new Map<string, string>();
  /** The client has completed them before they were set up, and their set-up goes on. */
  private readonly abandoned = new Set<string>();
  private readonly settingUp = new Set<string>();
  private opened = 0;

  /** The inner id of a new operation; undefined where the client has an active one with this id. */
  open(clientId: string): string | undefined {
    if (this.active.has(clientId)) return undefined;
    this.opened += 1;
    const innerId = `${this.opened}:${clientId}`;
    this.active.set(clientId, innerId);
    this.settingUp.add(innerId);
    return innerId;
  }

  /** The client wants no more of it. Answers with the inner id; undefined where there is none any more. */
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

  /** Its set-up is over, and events may follow. */
  begin(innerId: string): void {
    this.settingUp.delete(innerId);
    this.abandoned.delete(innerId);
  }

  end(innerId: string): void {
    this.begin(innerId);
    if (this.isActive(innerId)) this.active.delete(clientIdOf(innerId));
  }

  /** Those that cost something: a set-up goes on although its client has left it. */
  get count(): number {
    return this.active.size + this.abandoned.size;
  }
}

export function clientIdOf(innerId: string): string {
  return innerId.slice(innerId.indexOf(':') + 1);
}

/** A message of graphql-ws as the client is to see it. */
export function withClientId(message: string): string {
  return message.replace(INNER_ID, '{"id":"');
}
