/** One socket, and everything that it sends. */
export interface Subscription {
  readonly host: string;
  readonly port: number;
  /** The operation's id. */
  readonly id: string;
  readonly init: string;
  readonly subscribe: string;
}

/** A task of a crowd's process: to open these sockets, or to wait for a number of events. */
export interface CrowdTask {
  readonly open?: readonly Subscription[];
  readonly expect?: number;
}

/** Its answer: done, or an error. */
export interface CrowdNews {
  readonly done?: true;
  readonly fault?: string;
}
