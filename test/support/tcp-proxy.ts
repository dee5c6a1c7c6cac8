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

/** A proxy between clients and servers that simulates faults of the network. Its address stays the same. */
export class TcpProxy {
  /** The first server's URL with another port. */
  readonly url: string;
  /** Plans for the next matching questions. */
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

  /** @param targets URLs of the servers, to which connections go in turn */
  static async start(...targets: readonly [string, ...string[]]): Promise<TcpProxy> {
    return new TcpProxy(await TcpProxy.listen(), targets);
  }

  protected static async listen(): Promise<Server> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  /** The faults so far: connections cut, chunks delayed, chunks swallowed. */
  get struck(): { readonly cut: number; readonly delayed: number; readonly swallowed: number } {
    return { ...this.counts };
  }

  /** Plans a fault for the next question that contains `text`. @returns its connection once that has happened */
  async next(text: string, fault: LinkFault): Promise<Connection> {
    return new Promise((happened) => {
      this.plan({ fits: (question) => question.includes(text), fault, happened });
    });
  }

  /** Plans a fault for the next matching question. */
  plan(plan: Plan): void {
    this.plans.push(plan);
  }

  /** Sends new connections to another server; open ones stay. */
  leadTo(target: string): void {
    this.targets = [target];
  }

  /** Delays each chunk, in order. */
  delay(delayMs: number): void {
    this.weather.there.delayMs = delayMs;
    this.weather.back.delayMs = delayMs;
  }

  /** Cuts all open connections by a reset; new ones work. @returns how many */
  cut(): number {
    const open = [...this.connections];
    for (const connection of open) connection.cut();
    return open.length;
  }

  /** Closes the next new connections at once. */
  refuseNext(connections: number): void {
    this.refusals = connections;
  }

  /**
   * Silently drops everything in this direction, over open and new connections. A connection that lost something stays
   * dead after restore(), until one of its ends closes it; the others work again.
   */
  swallow(direction: Direction): void {
    this.weather[direction].swallows = true;
  }

  /** Silently drops everything over open connections, even after restore(); new ones work. */
  swallowOpen(): void {
    for (const connection of this.connections) connection.swallow();
  }

  /** Silently drops everything, over new connections, too. */
  swallowAll(): void {
    this.swallowOpen();
    this.isBlackHole = true;
  }

  /** Ends all faults and plans; what was lost stays lost. */
  restore(): void {
    this.plans.length = 0;
    this.isBlackHole = false;
    this.refusals = 0;
    this.delay(0);
    this.weather.there.swallows = false;
    this.weather.back.swallows = false;
    for (const connection of [...this.connections]) connection.clear();
  }

  /** Closes the proxy and its connections. */
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

  /** A connection request is dropped like everything else. */
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
