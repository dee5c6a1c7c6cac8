import { seedProducts } from '../../../src/dev/seed.js';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findFixedPorts } from '../../support/fixed-ports.js';
import { OwnPostgres } from '../../support/own-postgres.js';
import { OwnRedis } from '../../support/own-redis.js';
import { runCommand } from '../../support/run-command.js';
import { templateCluster } from '../../support/servers/template-cluster.js';
import type { UnexpectedExit } from '../evidence.js';
import { Layout } from './layout.js';
import type { Link } from './link.js';
import type { Parts } from './parts.js';
import type { Program } from './program.js';
import type { ClockTool } from './wrong-clock.js';

export interface SystemOptions {
  /** Created if missing; must not hold data of an earlier run. */
  readonly directory: string;
  /** The root of the build (`dist`) of the processes, by default this project. The rest comes from our own build. */
  readonly root?: string;
  /** The run's clock, in milliseconds. */
  readonly now: () => number;
}

export interface SystemParts {
  readonly postgres: OwnPostgres;
  readonly redis: OwnRedis;
  readonly sandbox: Program;
  readonly processes: readonly Program[];
  readonly links: readonly Link[];
  readonly clockTool: ClockTool;
  readonly exits: readonly UnexpectedExit[];
  readonly all: Parts;
}

/** More would add nothing. */
const KEPT_EXITS = 1_000;

/** So cheap that the payment gateway refuses an order of it alone. */
const SAMPLE_PRODUCT = `INSERT INTO products (sku, name, unit_amount, currency)
  VALUES ('sample-beans', 'Beans, a sample', 1, 'EUR') ON CONFLICT (sku) DO NOTHING`;

/** Starts the servers, and makes the processes and links ready to be started. */
export async function prepareSystem(
  directory: string,
  options: SystemOptions,
  all: Parts,
): Promise<SystemParts> {
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

async function migrate(root: string, path: string, databaseUrl: string): Promise<void> {
  const env = { DATABASE_URL: databaseUrl };
  const { code, stdout, stderr } = await runCommand(join(root, 'dist/migrate.js'), { cwd: root, env });
  await writeFile(path, stdout + stderr);
  if (code !== 0) throw new Error(`the migration failed:\n${stderr}`);
}

export function logPath(directory: string, name: string): string {
  return join(directory, 'logs', `${name}.log`);
}
