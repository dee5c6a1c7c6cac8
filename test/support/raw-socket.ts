import WebSocket from 'ws';
import { waitFor } from './wait-for.js';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket without a GraphQL client library. */
export class RawSocket {
  readonly messages: Message[] = [];
  private closing: { readonly code: number; readonly reason: string } | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as Message));
    socket.on('close', (code, reason) => {
      this.closing = { code, reason: reason.toString() };
    });
    // 'close' follows.
    socket.on('error', () => undefined);
  }

  static async open(url: string, protocol = 'graphql-transport-ws'): Promise<RawSocket> {
    const socket = new RawSocket(new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol));
    await waitFor('the socket to open', () => socket.socket.readyState === WebSocket.OPEN);
    return socket;
  }

  /** Opens a socket and authenticates. */
  static async connect(url: string, token: string): Promise<RawSocket> {
    const socket = await RawSocket.open(url);
    socket.init({ Authorization: `Bearer ${token}` });
    await socket.message('connection_ack');
    return socket;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  init(payload?: object): void {
    this.send({ type: 'connection_init', ...(payload === undefined ? {} : { payload }) });
  }

  subscribe(id: string, query: string, variables: object = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** Waits for the first message of this type, and of this operation if an id is given. */
  async message(type: string, id?: string): Promise<Message> {
    return waitFor(`a message ${type}`, () =>
      this.messages.find((message) => message.type === type && (id === undefined || message.id === id)),
    );
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return waitFor('the close of the socket', () => this.closing);
  }

  /** Sends a ping or pong frame of the WebSocket protocol. */
  control(frame: 'ping' | 'pong'): void {
    this.socket[frame]();
  }

  /** Sends a fragment that is not the last one. */
  sendPart(text: string): void {
    this.socket.send(text, { fin: false });
  }

  close(): void {
    this.socket.close();
  }

  /** Stops reading like a client that hangs: no ping is answered. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Reads what was received meanwhile. */
  resumeReading(): void {
    this.socket.resume();
  }

  /** Closes without a close handshake, as if the network were lost. */
  terminate(): void {
    this.socket.terminate();
  }
}
