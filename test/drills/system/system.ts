import { signToken } from '../../../src/dev/tokens.js';
import { join, resolve } from 'node:path';
import type { OwnPostgres } from '../../support/own-postgres.js';
import type { OwnRedis } from '../../support/own-redis.js';
import { waitFor } from '../../support/wait-for.js';
import type { Rewind, UnexpectedExit } from '../evidence.js';
import type { OutsideMovement } from '../money.js';
import type { LaggingStandby } from './lagging-standby.js';
import { TOKEN_SECRET } from './layout.js';
import type { Link } from './link.js';
import { Parts } from './parts.js';
import { PostgresServers } from './postgres-servers.js';
import { logPath, prepareSystem, type SystemOptions, type SystemParts } from './prepare-system.js';
import type { Program } from './program.js';
import type { ClockTool } from './wrong-clock.js';

const ANSWER_TIMEOUT_MS = 5_000;
/** The sandbox's ledger of a long run is long. */
const CONTROL_TIMEOUT_MS = 15_000;
const HEALTHY_TIMEOUT_MS = 60_000;
const TOKEN_LIFETIME_SECONDS = 7 * 86_400;
/** Each keeps its connections. More than a run of some minutes makes. */
const MOST_FORMER_SERVERS = 8;
/** The sandbox refused a request to a control endpoint. */
export class ControlRefused extends Error {}

/**
 * The built system as real processes with its own servers and a proxy on every link. All of it ends with
 * stop(), or by force if this process exits first.
 */
export class System {
  /** api-1, api-2, relay-1, relay-2, worker-1, worker-2. */
  readonly processes: readonly Program[];
  readonly sandbox: Program;
  readonly links: readonly Link[];
  /** Processes that ended without being killed. They are started again, as an orchestrator does. */
  readonly exits: readonly UnexpectedExit[];
  /** How the clock of a process is shifted on this machine. */
  readonly clockTool: ClockTool;
  /** What faults note: the times that PostgreSQL has lost, … */
  readonly rewinds: Rewind[] = [];
  /** … and the money that moved past the system. */
  readonly outside: OutsideMovement[] = [];
  /** The run's clock, in milliseconds. */
  readonly now: () => number;

  private readonly postgresServers: PostgresServers;
  private currentRedis: OwnRedis;
  /** Former masters, now replicas, with the connections that have stayed. */
  private readonly formerRedises: OwnRedis[] = [];
  private failOvers = 0;

  private constructor(
    /** Holds the data of the servers and, in `logs/`, the log of every process. */
    readonly directory: string,
    private readonly parts: SystemParts,
    { now }: SystemOptions,
  ) {
    this.now = now;
    this.processes = parts.processes;
    this.sandbox = parts.sandbox;
    this.postgresServers = new PostgresServers(parts.postgres, directory, parts.all);
    this.currentRedis = parts.redis;
    this.links = parts.links;
    this.exits = parts.exits;
    this.clockTool = parts.clockTool;
  }

  /** Resolves when all processes are ready. @throws the error, with nothing left running */
  static async start(options: SystemOptions): Promise<System> {
    const all = new Parts();
    try {
      const directory = resolve(options.directory);
      const system = new System(directory, await prepareSystem(directory, options, all), options);
      await system.startEverything();
      return system;
    } catch (error) {
      await all.end();
      throw error;
    }
  }

  get postgres(): OwnPostgres {
    return this.postgresServers.current;
  }

  get redis(): OwnRedis {
    return this.currentRedis;
  }

  /** The api processes as customers reach them: through their links. */
  get apiUrls(): readonly string[] {
    return this.links.filter(({ kind }) => kind === 'client').map(({ url }) => url);
  }

  /** The same without a link, for observers. */
  get directApiUrls(): readonly string[] {
    return this.processes.filter(({ role }) => role === 'api').map(({ url }) => url);
  }

  /** A token that is valid for longer than any run. */
  async token(subject: string, roles: readonly string[] = []): Promise<string> {
    return signToken(TOKEN_SECRET, { sub: subject, roles, lifetimeSeconds: TOKEN_LIFETIME_SECONDS });
  }

  /** Asks the sandbox's control endpoints: `control('POST', 'faults', { kind: … })`. @throws ControlRefused */
  async control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/${path}`, {
      method,
      signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new ControlRefused(`${method} ${path} at the sandbox: ${await response.text()}`);
    return response.json();
  }

  /** Kills every process and server at once, as a power cut does. Returns how many were killed. */
  async killEverything(): Promise<number> {
    const programs = [...this.processes, this.sandbox];
    const killed = programs.filter(({ isRunning }) => isRunning).length + (this.redis.isUp ? 1 : 0);
    const [servers] = await Promise.all([
      this.postgres.kill(),
      this.redis.kill(),
      ...programs.map((program) => program.kill()),
    ]);
    return killed + servers;
  }

  /** Starts the servers, then all processes, at first or after killEverything(); resolves when all are ready. */
  async startEverything(): Promise<void> {
    await Promise.all([this.postgres.startAgain(), this.redis.startAgain(), this.sandbox.start()]);
    await Promise.all(this.processes.map((program) => program.start()));
    await Promise.all(
      this.processes.map((program) =>
        waitFor(`${program.name} to be healthy`, () => isHealthy(program), HEALTHY_TIMEOUT_MS),
      ),
    );
  }

  /** Lets another Redis take over, with all links to Redis. @returns the old one, which is now its replica */
  async failOverRedis(): Promise<OwnRedis> {
    const old = this.redis;
    this.failOvers += 1;
    const replica = await old.startReplica({
      dataDir: join(this.directory, 'redis', `replica-${this.failOvers}`),
      logPath: logPath(this.directory, 'redis'),
    });
    this.parts.all.add(replica);
    await old.failOverTo(replica);
    this.currentRedis = replica;
    for (const link of this.links) if (link.kind === 'redis') link.leadTo(replica.url);
    this.formerRedises.push(old);
    if (this.formerRedises.length > MOST_FORMER_SERVERS) await this.formerRedises.shift()?.end();
    return old;
  }

  /** Starts a standby of PostgreSQL, and waits until it follows. */
  async startStandby(): Promise<LaggingStandby> {
    return this.postgresServers.startStandby();
  }

  /** Lets a standby take over, with all links to PostgreSQL, which must be down. */
  async failOverPostgres(standby: LaggingStandby): Promise<void> {
    await this.postgresServers.failOverTo(standby, this.links);
  }

  /** Restores links, clears the gateway's faults, resumes and restarts processes, and waits until all are ready. */
  async heal(): Promise<void> {
    for (const link of this.links) link.restore();
    for (const program of [...this.processes, this.sandbox]) program.resume();
    this.postgres.resume();
    this.redis.resume();
    await this.postgres.freeDisk();
    for (const program of this.processes) if (program.hasWrongClock) await program.kill();
    await this.startEverything();
    await this.redis.freeMemory();
    await this.redis.freeDisk();
    await this.redis.becomeMaster();
    await this.control('DELETE', 'faults');
  }

  /** Ends everything at once, in any state; the directory stays. */
  async stop(): Promise<void> {
    await this.parts.all.end();
  }
}

async function isHealthy({ url }: Program): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not reachable or too slow means not ready yet.
    return false;
  }
}
