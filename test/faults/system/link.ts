import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type CommitCut, Connection, type ConnectionRules, type Direction } from './connection.js';

/** What a link joins. `client` is customer → api; `webhook` is sandbox → api. */
export type LinkKind = 'client' | 'postgres' | 'redis' | 'gateway' | 'webhook';

export interface LinkOptions {
  readonly name: string;
  readonly kind: LinkKind;
  readonly owner: string;
  /** URLs of the servers, which take turns: the next connection goes to the next one. */
  readonly targets: readonly [string, ...string[]];
}

/** A TCP proxy on one link, and what networks do to connections. Its address outlives both of its ends. */
export class Link {
  /** Such as `worker-1 → postgres`. */
  readonly name: string;
  readonly kind: LinkKind;
  /** The process whose link it is: `api-1`, … For a webhook link, the sandbox's. */
  readonly owner: string;

  private readonly connections = new Set<Connection>();
  private readonly counts = { cut: 0, delayed: 0, swallowed: 0 };
  private readonly weather = {
    there: { delayMs: 0, swallows: false },
    back: { delayMs: 0, swallows: false },
  };
  private readonly rules: ConnectionRules;
  private plan: { readonly when: CommitCut; timesLeft: number } | undefined;
  private turn = 0;
  private targets: readonly [string, ...string[]];

  private constructor(
    options: LinkOptions,
    /** The server's URL with another port. */
    readonly url: string,
    private readonly server: Server,
  ) {
    this.name = options.name;
    this.kind = options.kind;
    this.owner = options.owner;
    this.targets = options.targets;
    const isPlanned = (): boolean => this.plan !== undefined;
    this.rules = {
      weather: this.weather,
      get looksForWrites() {
        return isPlanned();
      },
      takeCommitCut: () => this.takeCommitCut(),
      count: (what) => {
        this.counts[what] += 1;
      },
      closed: (connection) => {
        this.connections.delete(connection);
      },
    };
    server.on('connection', (client) => {
      this.open(client);
    });
  }

  static async start(options: LinkOptions): Promise<Link> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(options.targets[0]);
    url.port = String((server.address() as AddressInfo).port);
    return new Link(options, url.href.replace(/\/$/, ''), server);
  }

  /** What happened to what was sent over it since it was made: connections cut, chunks delayed, chunks swallowed. */
  get struck(): { readonly cut: number; readonly delayed: number; readonly swallowed: number } {
    return { ...this.counts };
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

  /**
   * From now on nothing arrives in that direction, over open and new connections, and nobody is told.
   * What was swallowed stays lost: such a connection stays dead after restore(), until one of its ends closes it.
   */
  swallow(direction: Direction): void {
    this.weather[direction].swallows = true;
  }

  /**
   * Cuts the connection at the next so many writing statements (an order, a transition, a claim): `before` the
   * server sees one, or `after` it has committed and before the client knows. Only on a postgres link.
   */
  cutAtCommit(when: CommitCut, times: number): void {
    if (this.kind !== 'postgres') throw new Error(`${this.name} carries no statements`);
    this.plan = times > 0 ? { when, timesLeft: times } : undefined;
  }

  /** As good as new. */
  restore(): void {
    this.plan = undefined;
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
    this.connections.add(new Connection(client, this.connect(), this.rules));
  }

  /** What opens a connection is swallowed like everything else. */
  private connect(): Socket | undefined {
    if (this.weather.there.swallows) return undefined;
    const { targets } = this;
    const { hostname: host, port } = new URL(targets[this.turn % targets.length] ?? targets[0]);
    this.turn += 1;
    return connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
  }

  private takeCommitCut(): CommitCut | undefined {
    const { plan } = this;
    if (plan === undefined) return undefined;
    plan.timesLeft -= 1;
    if (plan.timesLeft === 0) this.plan = undefined;
    return plan.when;
  }
}
