import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  Connection,
  type ConnectionRules,
  type Direction,
  type LinkFault,
  type Plan,
} from './tcp-connection.js';

export type { LinkFault } from './tcp-connection.js';

/** Stands between clients and servers, and does to their connections what networks do. Its address outlives both. */
export class TcpProxy {
  /** The first server's URL with another port. */
  readonly url: string;
  /** What is to happen to the next questions that fit. */
  protected readonly plans: Plan[] = [];
  private readonly connections = new Set<Connection>();
  private readonly counts = { cut: 0, delayed: 0, swallowed: 0 };
  private readonly weather = {
    there: { delayMs: 0, swallows: false },
    back: { delayMs: 0, swallows: false },
  };
  private readonly rules: ConnectionRules = {
    weather: this.weather,
    takePlan: (question, connection) => this.takePlan(question, connection),
    count: (what) => {
      this.counts[what] += 1;
    },
    closed: (connection) => {
      this.connections.delete(connection);
    },
  };
  private isBlackHole = false;
  private refusals = 0;
  private turn = 0;

  protected constructor(
    private readonly server: Server,
    private targets: readonly [string, ...string[]],
  ) {
    const url = new URL(targets[0]);
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href.replace(/\/$/, '');
    server.on('connection', (client) => {
      this.open(client);
    });
  }

  /** @param targets URLs of the servers, which take turns: the next connection goes to the next one */
  static async start(...targets: readonly [string, ...string[]]): Promise<TcpProxy> {
    return new TcpProxy(await TcpProxy.listen(), targets);
  }

  protected static async listen(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  /** What happened to what was sent over it since it was made: connections cut, chunks delayed, chunks swallowed. */
  get struck(): { readonly cut: number; readonly delayed: number; readonly swallowed: number } {
    return { ...this.counts };
  }

  /** The next question that holds `text` meets this fault; answers with its connection when that has happened. */
  async next(text: string, fault: LinkFault): Promise<Connection> {
    return new Promise((happened) => {
      this.plan({ fits: (question) => question.includes(text), fault, happened });
    });
  }

  /** For one question: the next one that fits. */
  plan(plan: Plan): void {
    this.plans.push(plan);
  }

  /** New connections go to another server from now on; those that there are stay. */
  leadTo(target: string): void {
    this.targets = [target];
  }

  /** From now on each chunk comes so much later, in order. */
  delay(delayMs: number): void {
    this.weather.there.delayMs = delayMs;
    this.weather.back.delayMs = delayMs;
  }

  /** Cuts all open connections by a reset; returns how many. New ones work. */
  cut(): number {
    const open = [...this.connections];
    for (const connection of open) connection.cut();
    return open.length;
  }

  /** So many new connections are closed at once. */
  refuseNext(connections: number): void {
    this.refusals = connections;
  }

  /**
   * From now on nothing arrives in that direction, over open and new connections, and nobody is told. A connection that
   * lost something stays dead after restore(), until one of its ends closes it; the others work again.
   */
  swallow(direction: Direction): void {
    this.weather[direction].swallows = true;
  }

  /** Nothing arrives any more over the connections that there are, also after restore(); new ones work. */
  swallowOpen(): void {
    for (const connection of this.connections) connection.swallow();
  }

  /** Nothing arrives any more, over new connections neither. */
  swallowAll(): void {
    this.swallowOpen();
    this.isBlackHole = true;
  }

  /** As good as new, but for what was lost; nothing more is planned. */
  restore(): void {
    this.plans.length = 0;
    this.isBlackHole = false;
    this.refusals = 0;
    this.delay(0);
    this.weather.there.swallows = false;
    this.weather.back.swallows = false;
    for (const connection of [...this.connections]) connection.clear();
  }

  /** Cuts what is open, and is gone. */
  async end(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const connection of [...this.connections]) connection.drop();
    await closed;
  }

  private open(client: Socket): void {
    if (this.refusals > 0) {
      this.refusals -= 1;
      client.resetAndDestroy();
      return;
    }
    this.connections.add(new Connection(client, this.connect(), this.rules));
  }

  /** What opens a connection is swallowed like everything else. */
  private connect(): Socket | undefined {
    if (this.isBlackHole || this.weather.there.swallows) return undefined;
    const { targets } = this;
    const { hostname: host, port } = new URL(targets[this.turn % targets.length] ?? targets[0]);
    this.turn += 1;
    return connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
  }

  private takePlan(question: Buffer, connection: Connection): Plan | undefined {
    const index = this.plans.findIndex(({ fits }) => fits(question, connection));
    return index === -1 ? undefined : this.plans.splice(index, 1)[0];
  }
}
