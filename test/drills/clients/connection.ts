import { type Client, createClient, type FormattedExecutionResult, type Sink } from 'graphql-ws';
import WebSocket from 'ws';
import type { SeenEvent } from '../evidence.js';
import { ORDER_EVENTS } from './requests.js';

export interface EventsWanted {
  readonly orderId: string;
  readonly afterVersion?: number;
}

export type EventSink = Sink<FormattedExecutionResult<{ readonly orderEvents: SeenEvent }>>;

/** From the first byte to the server's acknowledgement. */
const CONNECT_TIMEOUT_MS = 5_000;
/** How often the server is pinged, and how long its pong may take. */
const PING_INTERVAL_MS = 3_000;
const PONG_TIMEOUT_MS = 3_000;

/** One WebSocket of a customer, with all subscriptions over it. It is not opened again. */
export class Connection {
  private isEnded = false;
  private socket: WebSocket | undefined;
  private patience: NodeJS.Timeout | undefined;
  private readonly client: Client;

  constructor(url: string, token: string) {
    this.expect(CONNECT_TIMEOUT_MS);
    this.client = createClient({
      url,
      connectionParams: { Authorization: `Bearer ${token}` },
      webSocketImpl: this.socketClass(),
      // Opened at once, and kept open until it is lost or cut, even without subscriptions.
      lazy: false,
      retryAttempts: 0,
      // Every subscription learns that it is lost.
      onNonLazyError: () => undefined,
      keepAlive: PING_INTERVAL_MS,
      on: {
        connected: () => {
          this.rest();
        },
        ping: (received) => {
          if (!received) this.expect(PONG_TIMEOUT_MS);
        },
        pong: (received) => {
          if (received) this.rest();
        },
        error: () => {
          this.end();
        },
        closed: () => {
          this.end();
        },
      },
    });
  }

  get ended(): boolean {
    return this.isEnded;
  }

  /** @returns a function that unsubscribes */
  subscribe(variables: EventsWanted, sink: EventSink): () => void {
    return this.client.subscribe({ query: ORDER_EVENTS, variables: { ...variables } }, sink);
  }

  /** Without a close frame, as a phone in a tunnel. */
  cut(): void {
    this.end();
    this.socket?.terminate();
  }

  private expect(withinMs: number): void {
    this.rest();
    this.patience = setTimeout(() => {
      this.cut();
    }, withinMs);
  }

  private rest(): void {
    clearTimeout(this.patience);
  }

  private end(): void {
    this.isEnded = true;
    this.rest();
  }

  /** The client makes its socket itself; this captures it before it is open. */
  private socketClass() {
    const made = (socket: WebSocket) => {
      this.socket = socket;
    };
    return class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { perMessageDeflate: false });
        made(this);
      }
    };
  }
}
