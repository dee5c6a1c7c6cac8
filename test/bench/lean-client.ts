import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One keep-alive connection that sends one request at a time and parses answers as little as possible: a load
 * generator on the measured machine should take little of its CPU.
 */
export class LeanConnection {
  private readonly socket: Socket;
  private text = '';
  private closed = false;
  private resolve: (answer: HttpAnswer) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor({ hostname, port }: URL) {
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.read(chunk);
    });
    this.socket
      .on('error', () => undefined)
      .on('close', () => {
        this.fail();
      });
  }

  /** @param request the whole request, headers included */
  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      if (this.closed) this.fail();
      else this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.text += chunk;
    const headersEnd = this.text.indexOf('\r\n\r\n');
    if (headersEnd === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.text)?.[1]);
    if (this.text.length < headersEnd + 4 + length) return;
    const answer = { status: Number(this.text.slice(9, 12)), body: this.text.slice(headersEnd + 4) };
    this.text = '';
    this.resolve(answer);
  }

  private fail(): void {
    this.closed = true;
    this.reject(new Error('the connection was closed'));
  }
}

/** The bytes of a GraphQL request. */
export function graphqlRequest(token: string, body: string): string {
  return [
    'POST /graphql HTTP/1.1',
    'host: bench',
    'content-type: application/json',
    `authorization: Bearer ${token}`,
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
