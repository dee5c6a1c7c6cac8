import { connect, type Socket } from 'node:net';
import { waitFor } from './wait-for.js';

/** A TCP connection for handwritten HTTP, valid or not. */
export class RawConnection {
  received = '';
  ended = false;

  private readonly pause = () => {
    this.socket.pause();
  };

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.received += text));
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.ended = true));
    // 'close' follows a reset.
    socket.on('error', () => undefined);
  }

  /** Half-open: the client's side stays open even when the server has ended its own. */
  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    // Only URLs have brackets around an IPv6 address.
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    const connection = new RawConnection(socket);
    await waitFor('the connection', () => !socket.connecting);
    return connection;
  }

  send(...lines: readonly string[]): void {
    this.socket.write(lines.join('\r\n'), 'latin1');
  }

  stopReading(): void {
    this.socket.pause();
  }

  startReading(): void {
    this.socket.resume();
  }

  /** Reads one chunk of up to 64 KB. */
  readOnce(): void {
    this.socket.off('data', this.pause).once('data', this.pause).resume();
  }

  /** The status of each answer so far. */
  get statuses(): readonly number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  async answered(count = 1): Promise<readonly number[]> {
    return waitFor(`${count} answers`, () => this.statuses.length >= count && this.statuses);
  }

  /** Waits until the server has closed the connection. */
  async closed(): Promise<void> {
    await waitFor('the end of the connection', () => this.ended);
  }

  destroy(): void {
    this.socket.destroy();
  }
}
