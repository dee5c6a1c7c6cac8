import WebSocket from 'ws';
import { waitFor } from './wait-for.js';

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A WebSocket without a client library around it: what is sent and received is what goes over the wire. */
export class RawSocket {
  readonly messages: Message[] = [];
  private closing: { readonly code: number; readonly reason: string } | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString()) as Message));
    socket.on('close', (code, reason) => {
      this.closing = { code, reason: reason.toString() };
    });
    // 'close' follows and says what is to be known.
    socket.on('error', () => undefined);
  }

  static async open(url: string, protocol = 'graphql-transport-ws'): Promise<RawSocket> {
    const socket = new RawSocket(new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol));
    await waitFor('the socket to open', () => socket.socket.readyState === WebSocket.OPEN);
    return socket;
  }

  /** Opened and admitted. */
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

  /** The first message of a type, and of an operation where its id is given. */
  async message(type: string, id?: string): Promise<Message> {
    return waitFor(`a message ${type}`, () =>
      this.messages.find((message) => message.type === type && (id === undefined || message.id === id)),
    );
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return waitFor('the close of the socket', () => this.closing);
  }

  /** The protocol's own ping or pong, below GraphQL's messages. */
  control(frame: 'ping' | 'pong'): void {
    this.socket[frame]();
  }

  /** A part of a message that never ends. */
  sendPart(text: string): void {
    this.socket.send(text, { fin: false });
  }

  close(): void {
    this.socket.close();
  }

  /** As a client that hangs: what is sent to it stays on its way, and no ping is answered. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Takes up what has come meanwhile. */
  resumeReading(): void {
    this.socket.resume();
  }

  /** Without a close handshake, as when a client's network is gone. */
  terminate(): void {
    this.socket.terminate();
  }
}
