import { seedProducts } from '../../../src/dev/seed.js';
import { signToken } from '../../../src/dev/tokens.js';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findFixedPorts } from '../../support/fixed-ports.js';
import { OwnPostgres } from '../../support/own-postgres.js';
import { OwnRedis } from '../../support/own-redis.js';
import { runCommand } from '../../support/run-command.js';
import { templateCluster } from '../../support/servers/template-cluster.js';
import { waitFor } from '../../support/wait-for.js';
import type { UnexpectedExit } from '../evidence.js';
import { Layout, TOKEN_SECRET } from './layout.js';
import type { Link } from './link.js';
import { Parts } from './parts.js';
import type { Program } from './program.js';
import type { ClockTool } from './wrong-clock.js';

export interface SystemOptions {
  /** Created if missing; must not hold data of an earlier run. */
  readonly directory: string;
  /** The root of the build (`dist`) of the processes, by default this project. The rest comes from our own build. */
  readonly root?: string;
  /** The run's clock, in milliseconds, for the moments of `exits`. */
  readonly now: () => number;
}

const ANSWER_TIMEOUT_MS = 5_000;
/** The sandbox's ledger of a long run is long. */
const CONTROL_TIMEOUT_MS = 15_000;
const HEALTHY_TIMEOUT_MS = 60_000;
const TOKEN_LIFETIME_SECONDS = 7 * 86_400;
/** Each keeps its connections. More than a run of some minutes makes. */
const MOST_FORMER_SERVERS = 8;
/** More would add nothing. */
const KEPT_EXITS = 1_000;

/** So cheap that the payment gateway refuses an order of it alone. */
const SAMPLE_PRODUCT = `INSERT INTO products (sku, name, unit_amount, currency)
  VALUES ('sample-beans', 'Beans, a sample', 1, 'EUR') ON CONFLICT (sku) DO NOTHING`;

interface SystemParts {
  readonly postgres: OwnPostgres;
  readonly redis: OwnRedis;
  readonly sandbox: Program;
  readonly processes: readonly Program[];
  readonly links: readonly Link[];
  readonly clockTool: ClockTool;
  readonly exits: readonly UnexpectedExit[];
  readonly all: Parts;
}

/**
 * The built system as real processes with its own servers and a proxy on every link. All of it ends with
 * stop(), or by force if this process exits first.
 */
export class System {
  /** api-1, api-2, relay-1, relay-2, worker-1, worker-2. */
  readonly processes: readonly Program[];
  readonly sandbox: Program;
  readonly postgres: OwnPostgres;
  readonly links: readonly Link[];
  /** Processes that ended without being killed. They are started again, as an orchestrator does. */
  readonly exits: readonly UnexpectedExit[];
  /** How the clock of a process is shifted on this machine. */
  readonly clockTool: ClockTool;

  private currentRedis: OwnRedis;
  /** Former masters, now replicas, with the connections that have stayed. */
  private readonly formerRedises: OwnRedis[] = [];
  private failOvers = 0;

  private constructor(
    /** Holds the data of the servers and, in `logs/`, the log of every process. */
    readonly directory: string,
    private readonly parts: SystemParts,
  ) {
    this.processes = parts.processes;
    this.sandbox = parts.sandbox;
    this.postgres = parts.postgres;
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
      const system = new System(directory, await prepare(directory, options, all));
      await system.startEverything();
      return system;
    } catch (error) {
      await all.end();
      throw error;
    }
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

  /** Asks the sandbox's control endpoints: `control('POST', 'faults', { kind: … })`. */
  async control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.sandbox.url}/_sandbox/${path}`, {
      method,
      signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} at the sandbox: ${await response.text()}`);
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

async function prepare(directory: string, options: SystemOptions, all: Parts): Promise<SystemParts> {
  const { root = process.cwd(), now } = options;
  const logs = join(directory, 'logs');
  if (existsSync(logs))
    throw new Error(`${directory} holds data of an earlier run; remove it, or use another directory`);
  await mkdir(logs, { recursive: true });
  const [postgresPort, redisPort, sandboxPort, ...ports] = await findFixedPorts(3 + Layout.programCount);
  const server = (name: string, port = 0) => ({
    dataDir: join(directory, name),
    logPath: logPath(directory, name),
    port,
  });
  // One after the other, so that a failure leaves none of them half started.
  const postgres = all.add(
    await OwnPostgres.start({
      ...server('postgres', postgresPort),
      smallDisk: true,
      // Another build may have migrations of its own.
      ...(options.root === undefined && { template: await templateCluster() }),
    }),
  );
  const redis = all.add(await OwnRedis.start(server('redis', redisPort)));
  await migrate(resolve(root), logPath(directory, 'migration'), postgres.url);
  await seedProducts(postgres.url);
  await postgres.query(SAMPLE_PRODUCT);
  const exits: UnexpectedExit[] = [];
  const sandboxUrl = `http://127.0.0.1:${sandboxPort ?? 0}`;
  const layout = new Layout({
    root: resolve(root),
    directory,
    addresses: Layout.addresses({ postgres: postgres.url, redis: redis.url, sandbox: sandboxUrl }, ports),
    add: (part) => all.add(part),
    onExit: (exit) => {
      if (exits.length < KEPT_EXITS) exits.push({ at: now(), ...exit });
    },
  });
  const sandbox = await layout.sandbox();
  const processes = await layout.processes();
  return {
    postgres,
    redis,
    sandbox,
    processes,
    links: layout.links,
    clockTool: layout.clock.tool,
    exits,
    all,
  };
}

function logPath(directory: string, name: string): string {
  return join(directory, 'logs', `${name}.log`);
}

async function migrate(root: string, path: string, databaseUrl: string): Promise<void> {
  const env = { DATABASE_URL: databaseUrl };
  const { code, stdout, stderr } = await runCommand(join(root, 'dist/migrate.js'), { cwd: root, env });
  await writeFile(path, stdout + stderr);
  if (code !== 0) throw new Error(`the migration failed:\n${stderr}`);
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
