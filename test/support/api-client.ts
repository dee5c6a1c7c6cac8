import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { TypedDocumentString } from '../generated/graphql.js';
import type { OrderEventsSubscription } from '../generated/graphql.js';
import { OrderEventsDocument } from './documents.js';
import { waitFor } from './wait-for.js';

export interface GraphQLAnswer<Data> {
  readonly status: number;
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: { readonly code: string; readonly [key: string]: unknown };
  }[];
}

export type WatchedEvent = OrderEventsSubscription['orderEvents'];

/** What one subscription has received so far. */
export class Watch {
  readonly events: WatchedEvent[] = [];
  ended: { readonly error?: unknown } | undefined;

  constructor(readonly stop: () => void) {}

  /** Waits for a matching event; events received already count, too. */
  async until(
    what: string,
    fits: (event: WatchedEvent) => boolean,
    timeoutMs?: number,
  ): Promise<WatchedEvent> {
    return waitFor(what, () => this.events.find(fits), timeoutMs);
  }

  async untilStatus(status: WatchedEvent['status'], timeoutMs?: number): Promise<WatchedEvent> {
    return this.until(status, (event) => event.status === status, timeoutMs);
  }

  async untilEnded(timeoutMs?: number): Promise<{ readonly error?: unknown }> {
    return waitFor('the end of the subscription', () => this.ended, timeoutMs);
  }
}

/** A client like a frontend's: HTTP for queries and mutations, one WebSocket for subscriptions. */
export class ApiClient {
  private socket: Client | undefined;

  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
  ) {}

  async execute<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<GraphQLAnswer<Data>> {
    return this.send<Data>({ query: document.toString(), variables });
  }

  /** For requests that a typed document doesn't allow, such as invalid input. */
  async send<Data = Record<string, unknown>>(body: {
    query: string;
    variables?: unknown;
  }): Promise<GraphQLAnswer<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.authorization() },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as Omit<GraphQLAnswer<Data>, 'status'>) };
  }

  /** The answer's data. @throws if the answer has errors */
  async data<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const { data, errors } = await this.execute(document, variables);
    if (data == null || errors !== undefined)
      throw new Error(`answered with errors: ${JSON.stringify(errors)}`);
    return data;
  }

  watch(orderId: string, afterVersion?: number): Watch {
    this.socket ??= createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: this.authorization('Authorization'),
      retryAttempts: 0,
      lazy: true,
    });
    const stop = this.socket.subscribe<OrderEventsSubscription>(
      {
        query: OrderEventsDocument.toString(),
        variables: { orderId, ...(afterVersion === undefined ? {} : { afterVersion }) },
      },
      {
        next: ({ data, errors }) => {
          if (data != null) watch.events.push(data.orderEvents);
          else watch.ended = { error: errors };
        },
        error: (error) => {
          watch.ended = { error };
        },
        complete: () => {
          watch.ended ??= {};
        },
      },
    );
    const watch = new Watch(stop);
    return watch;
  }

  async close(): Promise<void> {
    await this.socket?.dispose();
  }

  private authorization(name = 'authorization'): Record<string, string> {
    return this.token === undefined ? {} : { [name]: `Bearer ${this.token}` };
  }
}
