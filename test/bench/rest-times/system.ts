import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { seedProducts } from '../../../src/dev/seed.js';
import { findFreePort } from '../../../src/dev/servers/data-files.js';
import type { RunningServer } from '../../../src/dev/servers/child-process.js';
import { startPostgres } from '../../../src/dev/servers/postgres-server.js';
import { startRedis } from '../../../src/dev/servers/redis-server.js';
import { ChildProgram } from '../../support/child-program.js';
import { LogFile } from '../../support/log-file.js';
import { runCommand } from '../../support/run-command.js';
import { signal, withChildren } from '../../support/signal.js';
import type { Environment } from '../processes.js';

export const SECRET = 'a secret for the rest times, 32 bytes and more';
const ROLES = ['api', 'api', 'relay', 'relay', 'worker', 'worker'] as const;

const READY_TIMEOUT_MS = 60_000;

/** A process that has become ready. */
interface Program {
  readonly url: string;
  readonly program: ChildProgram;
}

/** One of the system's processes in production. */
export interface RoleProcess extends Program {
  readonly role: (typeof ROLES)[number];
  readonly port: number;
}

/** Servers, sandbox and processes of a production system, each at an address that stays. */
export class System {
  private processes: readonly RoleProcess[] = [];
  private runningPostgres: RunningServer | undefined;
  private runningRedis: RunningServer | undefined;
  private runningSandbox: Program | undefined;
  private sandboxPort: number | undefined;
  private ports: readonly number[] = [];
  private killed: RoleProcess | undefined;

  /** @param directory for the data of PostgreSQL, Redis and the sandbox */
  constructor(private readonly directory: string) {}

  get postgres(): RunningServer {
    return started(this.runningPostgres);
  }

  get redis(): RunningServer {
    return started(this.runningRedis);
  }

  get sandbox(): Program {
    return started(this.runningSandbox);
  }

  get apiUrls(): string[] {
    return this.processes.filter(({ role }) => role === 'api').map(({ url }) => url);
  }

  async start(): Promise<void> {
    await this.startServers();
    const { code, stderr } = await runCommand('migrate.js', { env: { DATABASE_URL: this.postgres.url } });
    if (code !== 0) throw new Error(`the migration failed: ${stderr}`);
    await seedProducts(this.postgres.url);
    this.ports = await Promise.all(ROLES.map(() => findFreePort()));
    await this.startProcesses();
  }

  async startServers(): Promise<void> {
    await Promise.all([this.startPostgres(), this.startRedis(), this.startSandbox()]);
  }

  async startProcesses(): Promise<void> {
    this.processes = await Promise.all(
      ROLES.map((role, index) => this.startProcess(role, this.ports[index] ?? 0)),
    );
  }

  /** With fsync on, as in production. */
  async startPostgres(): Promise<void> {
    const port = this.runningPostgres?.port;
    this.runningPostgres = await startPostgres({
      dataDir: join(this.directory, 'postgres'),
      ...(port === undefined ? {} : { port }),
    });
  }

  async startRedis({ empty = false }: { readonly empty?: boolean } = {}): Promise<void> {
    const dataDir = join(this.directory, 'redis');
    if (empty) await rm(join(dataDir, 'appendonlydir'), { recursive: true, force: true });
    const port = this.runningRedis?.port;
    this.runningRedis = await startRedis({ dataDir, ...(port === undefined ? {} : { port }) });
  }

  /** Kills one worker. An orchestrator would start another one after a while: see repair(). */
  async killWorker(): Promise<void> {
    this.killed = started(this.processes.find(({ role }) => role === 'worker'));
    await this.killed.program.stop('SIGKILL');
  }

  /** Starts missing processes. */
  async repair(): Promise<void> {
    const { killed } = this;
    if (killed === undefined) return;
    this.killed = undefined;
    const another = await this.startProcess(killed.role, killed.port);
    this.processes = this.processes.map((process) => (process === killed ? another : process));
  }

  /** Kills everything at once, as a power cut does. */
  async killEverything(): Promise<void> {
    const ends = this.killPrograms();
    signal([...(await withChildren(this.postgres.pid)), this.redis.pid], 'SIGKILL');
    await Promise.all([ends, this.postgres.stop(), this.redis.stop()]);
  }

  async stop(): Promise<void> {
    await this.killPrograms();
    await this.runningRedis?.stop();
    await this.runningPostgres?.stop();
  }

  private async killPrograms(): Promise<void> {
    const running = [...this.processes, this.runningSandbox].filter((program) => program !== undefined);
    await Promise.all(running.map(({ program }) => program.stop('SIGKILL')));
  }

  private async startSandbox(): Promise<void> {
    this.sandboxPort ??= await findFreePort();
    const environment = {
      SANDBOX_PORT: String(this.sandboxPort),
      SANDBOX_DATA_DIR: join(this.directory, 'sandbox'),
    };
    this.runningSandbox = await this.launch('dist/dev/sandbox.js', environment, /ready on (http:\S+)/);
  }

  private async startProcess(role: RoleProcess['role'], port: number): Promise<RoleProcess> {
    const ready = /"url":"(http:[^"]+)".*"msg":"ready"/;
    return { role, port, ...(await this.launch('dist/main.js', this.environment(role, port), ready)) };
  }

  /** @param ready finds its address in the line that says that it is ready */
  private async launch(main: string, env: Environment, ready: RegExp): Promise<Program> {
    const log = new LogFile(join(this.directory, `${randomUUID()}.log`));
    const program = ChildProgram.node([main], { env, log });
    void program.ended.then(() => {
      log.close();
    });
    const [, url = ''] = await program.says(ready, READY_TIMEOUT_MS);
    return { url, program };
  }

  private environment(role: string, port: number): Environment {
    return {
      NODE_ENV: 'production',
      ROLE: role,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: this.postgres.url,
      REDIS_URL: this.redis.url,
      STRIPE_API_BASE: this.sandbox.url,
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
      AUTH_JWT_SECRET: SECRET,
      RATE_LIMIT_CUSTOMER_POINTS: '2000000000',
    };
  }
}

function started<Running>(running: Running | undefined): Running {
  if (running === undefined) throw new Error('this process has not been started');
  return running;
}
