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

/** Where a message is held: the gateway has not seen it yet, or has done its work and its client doesn't know. */
export type HeldPart = 'request' | 'answer';

/** One message on its way, which stays there until it is let go. */
export interface Hold {
  /** Resolves when the message is held. */
  readonly reached: Promise<void>;
  /** Sends it on, however late that is. */
  release(): void;
  /** Cuts its connection instead: it never arrives. */
  drop(): void;
}

interface Plan {
  readonly line: RegExp;
  readonly part: HeldPart;
  readonly isReached: () => void;
  /** False where the message is dropped. */
  readonly letGo: Promise<boolean>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Stands between workers and the payment gateway; holds the messages that a test wants to come late. */
export class GatewayProxy {
  /** The most requests that the gateway had to answer at once. */
  mostInFlight = 0;
  /** How many were sent on, answered or not. */
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
      // Either side may be cut at any time: that is what the tests do.
      proxy.serve(incoming, response).catch(() => incoming.socket.resetAndDestroy());
    });
    return proxy;
  }

  /** @param line fits the method and the path of the next message to hold, as in `POST /v1/refunds` */
  hold(line: RegExp, part: HeldPart): Hold {
    let isReached = (): void => undefined;
    let settle: (sendOn: boolean) => void = () => undefined;
    const reached = new Promise<void>((resolve) => (isReached = resolve));
    const letGo = new Promise<boolean>((resolve) => (settle = resolve));
    this.plans.push({ line, part, isReached, letGo });
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

  /** From now on the numbers count from zero. */
  countAfresh(): void {
    this.requests = 0;
    this.mostInFlight = this.inFlight;
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
    if (plan?.part === 'request') await passed(plan);
    const answer = await this.forward(incoming, body);
    if (plan?.part === 'answer') await passed(plan);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private async forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    this.requests += 1;
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
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

/** @throws where the message is dropped */
async function passed(plan: Plan): Promise<void> {
  plan.isReached();
  if (!(await plan.letGo)) throw new Error('dropped');
}
