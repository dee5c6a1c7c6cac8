import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { makePrivateDirectory } from '../../platform/private-directory.js';
import { isErrorCode, type RunningServer, type ServerProcess, type StopStep } from './child-process.js';
import { readIfThere } from './data-files.js';
import { isAlive, stopLeftover } from './leftover-server.js';
import { choosePostgresAccount, ownerOf } from './postgres-account.js';
import { preparePostgresBinaries } from './postgres-binaries.js';
import { CLUSTER_USER, createCluster } from './postgres-cluster.js';
import { startServer, type ServerOptions } from './start-server.js';

const DATABASE = 'orders';
const DEFAULT_SETTINGS = { max_connections: '200', logging_collector: 'off' };

/** The server is ready by then, so connecting takes milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Fast shutdown, then immediate shutdown (the next start replays the log), then SIGKILL. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGINT', timeoutMs: 20_000 },
  { signal: 'SIGQUIT', timeoutMs: 10_000 },
  { signal: 'SIGKILL', timeoutMs: 5_000 },
];
const CANNOT_CONNECT_NOW = '57P03';
/** Its child processes are still exiting, or it wrote its pid file after the check. */
const STILL_RUNNING = /pre-existing shared memory block|lock file .* already exists/;

/**
 * Starts PostgreSQL on 127.0.0.1, creates its cluster and database if they are missing, and resolves when it answers
 * queries. A server that a killed run left on the same directory is stopped first.
 * @throws with the last log lines where it doesn't start
 */
export async function startPostgres(options: ServerOptions): Promise<RunningServer> {
  const dataDir = resolve(options.dataDir);
  const cluster = join(dataDir, 'cluster');
  const binaries = await preparePostgresBinaries();
  makePrivateDirectory(dataDir);
  const account = await choosePostgresAccount(dataDir, await ownerOf(cluster), binaries);
  const password = await createCluster(dataDir, cluster, binaries, account, options.signal);
  const running = await startServer(
    { ...options, dataDir },
    {
      name: 'PostgreSQL',
      stopSteps: STOP_STEPS,
      prepare: async (port) => {
        await clearLeftover(cluster);
        return account.command(binaries.postgres, serverParameters(cluster, port, options.settings));
      },
      isReady: async (server, port) =>
        (await saysReady(server, cluster)) && (await createDatabase(port, password)),
      transientFailure: STILL_RUNNING,
    },
  );
  const url = `postgresql://${CLUSTER_USER}:${password}@127.0.0.1:${running.port}/${DATABASE}`;
  return { url, ...running };
}

async function clearLeftover(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const pid = Number((await readIfThere(pidFile))?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  if (await stopLeftover(pid, ['postgres'], cluster, STOP_STEPS)) return;
  // PostgreSQL removes the pid file of a dead process itself, but takes any process with that id for a server.
  if (isAlive(pid)) await rm(pidFile, { force: true });
}

function serverParameters(cluster: string, port: number, settings: ServerOptions['settings']): string[] {
  const all = {
    ...DEFAULT_SETTINGS,
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', cluster, '-p', String(port), ...flags];
}

/** Read from its pid file: on the port, another program's server might answer. */
async function saysReady(server: ServerProcess, cluster: string): Promise<boolean> {
  const lines = (await readIfThere(join(cluster, 'postmaster.pid')))?.split('\n') ?? [];
  // A standby says "standby", and answers read-only queries.
  return Number(lines[0]) === server.pid && lines.some((line) => ['ready', 'standby'].includes(line.trim()));
}

/** Creates the database if it is missing. @returns false while the server accepts no connections yet */
async function createDatabase(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: CLUSTER_USER,
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  try {
    await client.connect();
  } catch (error) {
    // A pid file from before a crash may have the same pid and say ready too early.
    if (isErrorCode(error, 'ECONNREFUSED', CANNOT_CONNECT_NOW)) return false;
    throw error;
  }
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`);
    return true;
  } finally {
    await client.end();
  }
}
