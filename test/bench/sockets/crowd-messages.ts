/** One socket, and all that it sends. */
export interface Subscription {
  readonly host: string;
  readonly port: number;
  /** The operation's. */
  readonly id: string;
  readonly init: string;
  readonly subscribe: string;
}

/** What a crowd's process is told: to open these sockets, or to count to so many events. */
export interface CrowdTask {
  readonly open?: readonly Subscription[];
  readonly expect?: number;
}

/** What it answers: that it is done, or what is wrong. */
export interface CrowdNews {
  readonly done?: true;
  readonly fault?: string;
}
