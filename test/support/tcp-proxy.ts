import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What happens to one question and its answer:
 * `cut-question`: the link is cut before the server sees the question; `cut-answer`: it is cut when the server
 * has answered (so it has committed), before the client sees that; `swallow-question` and `swallow-answer`:
 * nothing is cut, and what is sent from then on in that direction never arrives.
 */
export type LinkFault = 'cut-question' | 'cut-answer' | 'swallow-question' | 'swallow-answer';

interface Plan {
  readonly text: string;
  readonly fault: LinkFault;
  readonly happened: (link: Link) => void;
}

/** One connection through the proxy. */
export class Link {
  closedByClient = false;
  /** What the client sent since the link had its fault, in bytes. */
  bytesAfterFault = 0;
  private fault: LinkFault | undefined;
  private answered: ((link: Link) => void) | undefined;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly takePlan: (question: Buffer) => Plan | undefined,
  ) {
    client.on('data', (chunk) => {
      this.ask(chunk);
    });
    server.on('data', (chunk) => {
      this.answer(chunk);
    });
    client.on('close', () => {
      this.closedByClient = this.fault?.startsWith('swallow') ?? true;
      server.destroy();
    });
    server.on('close', () => {
      // The end is swallowed like everything else.
      if (this.fault === undefined) client.destroy();
    });
    // 'close' follows.
    client.on('error', () => undefined);
    server.on('error', () => undefined);
  }

  /** From now on nothing arrives in either direction. */
  swallow(): void {
    this.fault ??= 'swallow-question';
  }

  close(): void {
    this.client.destroy();
    this.server.destroy();
  }

  private ask(chunk: Buffer): void {
    if (this.fault !== undefined) {
      this.bytesAfterFault += chunk.length;
      return;
    }
    const plan = this.takePlan(chunk);
    this.fault = plan?.fault;
    if (this.fault === 'cut-question') this.cut();
    if (this.fault?.endsWith('question') === true) plan?.happened(this);
    else {
      this.answered = plan?.happened;
      this.server.write(chunk);
    }
  }

  private answer(chunk: Buffer): void {
    if (this.fault === undefined) this.client.write(chunk);
    if (this.fault === 'cut-answer') this.cut();
    this.answered?.(this);
  }

  private cut(): void {
    this.client.resetAndDestroy();
    this.server.destroy();
  }
}

/** Stands between a client and a server, and does to their connections what networks do. */
export class TcpProxy {
  private readonly links: Link[] = [];
  private readonly plans: Plan[] = [];
  private isBlackHole = false;

  private constructor(
    readonly url: string,
    private readonly server: Server,
    private target: URL,
  ) {}

  /** @param target the server's URL; the proxy's own is the same with another port */
  static async start(target: string): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new TcpProxy(url.href, server, new URL(target));
    server.on('connection', (client) => {
      const { port, hostname } = proxy.target;
      const link = new Link(client, connect(Number(port), hostname), (text) => proxy.takePlan(text));
      if (proxy.isBlackHole) link.swallow();
      proxy.links.push(link);
    });
    return proxy;
  }

  /** The next question that holds `text` meets this fault; answers with its link when that has happened. */
  async next(text: string, fault: LinkFault): Promise<Link> {
    return new Promise((happened) => this.plans.push({ text, fault, happened }));
  }

  /** Cuts the connections that there are; new ones work. */
  cutOpen(): void {
    for (const link of this.links.splice(0)) link.close();
  }

  /** New connections lead to another server; those that there are stay where they are. */
  leadTo(target: string): void {
    this.target = new URL(target);
  }

  /** Nothing arrives any more over the connections that there are; new ones work. */
  swallowOpen(): void {
    for (const link of this.links) link.swallow();
  }

  /** Nothing arrives any more, over new connections neither. */
  swallowAll(): void {
    this.swallowOpen();
    this.isBlackHole = true;
  }

  /** New connections work again, and nothing more is planned. What was swallowed stays lost. */
  restore(): void {
    this.isBlackHole = false;
    this.plans.length = 0;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const link of this.links) link.close();
    await closed;
  }

  private takePlan(question: Buffer): Plan | undefined {
    const index = this.plans.findIndex(({ text }) => question.includes(text));
    return index === -1 ? undefined : this.plans.splice(index, 1)[0];
  }
}
