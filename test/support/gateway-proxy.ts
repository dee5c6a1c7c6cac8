import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What is held: the request before the gateway gets it, or the answer before the client gets it. */
export type HeldPart = 'request' | 'answer';

/** A message that is held until release() or drop(). */
export interface Hold {
  /** Resolves when the message is held. */
  readonly reached: Promise<void>;
  /** Forwards the message. */
  release(): void;
  /** Cuts the connection instead, so that the message never arrives. */
  drop(): void;
}

interface Plan {
  readonly line: RegExp;
  readonly part: HeldPart;
  readonly isReached: () => void;
  /** False if the message is dropped. */
  readonly released: Promise<boolean>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A proxy between workers and the payment gateway, which can hold messages. */
export class GatewayProxy {
  /** The maximum of concurrent requests at the gateway. */
  maxInFlight = 0;
  /** How many requests were forwarded, answered or not. */
  requests = 0;
  inFlight = 0;
  private readonly plans: Plan[] = [];
  private readonly drops: (() => void)[] = [];

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async start(target: string): Promise<GatewayProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new GatewayProxy(url, server, target);
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      // Tests cut either side at any time.
      proxy.serve(incoming, response).catch(() => incoming.socket.resetAndDestroy());
    });
    return proxy;
  }

  /** @param line matches the method and path of the next message to hold, as in `POST /v1/refunds` */
  hold(line: RegExp, part: HeldPart): Hold {
    let isReached = (): void => undefined;
    let settle: (sendOn: boolean) => void = () => undefined;
    const reached = new Promise<void>((resolve) => (isReached = resolve));
    const released = new Promise<boolean>((resolve) => (settle = resolve));
    this.plans.push({ line, part, isReached, released });
    const drop = () => {
      settle(false);
    };
    this.drops.push(drop);
    return {
      reached,
      release: () => {
        settle(true);
      },
      drop,
    };
  }

  /** Sets requests to zero, and maxInFlight to the present number. */
  resetCounts(): void {
    this.requests = 0;
    this.maxInFlight = this.inFlight;
  }

  async close(): Promise<void> {
    for (const drop of this.drops) drop();
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
    const index = this.plans.findIndex((plan) => plan.line.test(line));
    const plan = index === -1 ? undefined : this.plans.splice(index, 1)[0];
    const body = await buffer(incoming);
    if (plan?.part === 'request') await untilReleased(plan);
    const answer = await this.forward(incoming, body);
    if (plan?.part === 'answer') await untilReleased(plan);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private async forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    this.requests += 1;
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    try {
      const call = request(`${this.target}${url ?? ''}`, { method, headers });
      call.end(body);
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
    } finally {
      this.inFlight -= 1;
    }
  }
}

/** Waits for release(). @throws if the message is dropped */
async function untilReleased(plan: Plan): Promise<void> {
  plan.isReached();
  if (!(await plan.released)) throw new Error('dropped');
}
