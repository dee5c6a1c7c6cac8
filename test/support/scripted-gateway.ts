import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** An answer of the gateway in place of the sandbox's, or a change to that. */
export interface Script {
  /** Matches method, path and body, separated by spaces, as in `POST /v1/refunds …`. */
  readonly line: RegExp;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body; without it the request is forwarded to the sandbox. */
  readonly error?: object;
  /** Changes the sandbox's answer. */
  readonly change?: (object: Record<string, unknown>) => Record<string, unknown>;
}

/**
 * A proxy of the payment sandbox with scripted answers that the sandbox can't give: those of a gateway with defects,
 * or of another account.
 */
export class ScriptedGateway {
  /** Method and path of each request. */
  readonly requests: string[] = [];
  private scripts: readonly Script[] = [];

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<ScriptedGateway> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = new ScriptedGateway(url, server, target);
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      gateway.serve(incoming, response).catch(() => incoming.socket.destroy());
    });
    return gateway;
  }

  /** Replaces all scripts, and forgets the requests. */
  play(...scripts: readonly Script[]): void {
    this.scripts = scripts;
    this.requests.length = 0;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
    this.requests.push(line);
    const body = await buffer(incoming);
    const script = this.scripts.find((candidate) => candidate.line.test(`${line} ${body.toString()}`));
    const answer =
      script?.error === undefined
        ? await this.forward(incoming, body)
        : { status: script.status ?? 400, object: script.error as Record<string, unknown> };
    response.writeHead(script?.status ?? answer.status, {
      'content-type': 'application/json',
      ...script?.headers,
    });
    response.end(JSON.stringify(script?.change?.(answer.object) ?? answer.object));
  }

  private async forward({ method = 'GET', url = '', headers }: IncomingMessage, body: Buffer) {
    const kept = Object.entries(headers).filter(
      ([name]) => !['host', 'connection', 'content-length'].includes(name),
    );
    const answer = await fetch(`${this.target}${url}`, {
      method,
      headers: Object.fromEntries(kept) as Record<string, string>,
      ...(method === 'POST' ? { body } : {}),
    });
    return { status: answer.status, object: (await answer.json()) as Record<string, unknown> };
  }
}

/** Stripe's error object. */
export function stripeError(fields: object): object {
  return { error: { type: 'invalid_request_error', message: 'Words of the gateway.', ...fields } };
}
