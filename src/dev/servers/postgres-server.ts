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

/** The server has said that it is ready, so that a connection is a matter of milliseconds. */
const CONNECT_LIMIT_MILLISECONDS = 10_000;
/** Fast shutdown, then immediate (the next start replays the log), then by force. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGINT', waitMilliseconds: 20_000 },
  { signal: 'SIGQUIT', waitMilliseconds: 10_000 },
  { signal: 'SIGKILL', waitMilliseconds: 5_000 },
];
/** SQLSTATE of a server that is starting up. */
const CANNOT_CONNECT_NOW = '57P03';
/** Its children are about to end, or it wrote its pid file only after we had looked for one. */
const SERVER_STILL_THERE = /pre-existing shared memory block|lock file .* already exists/;

/**
 * Starts a PostgreSQL of our own on 127.0.0.1, makes its cluster and database where they are missing, and
 * returns when it answers queries. A server left over from a killed run on the same directory is stopped
 * first. Throws an Error with the last log lines when it doesn't start.
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
      passing: SERVER_STILL_THERE,
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
  // PostgreSQL clears the file of a dead process itself, but takes whoever has its id by now for a server.
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

/** By its pid file, in which it can't be taken for another program's server on the same port. */
async function saysReady(server: ServerProcess, cluster: string): Promise<boolean> {
  const lines = (await readIfThere(join(cluster, 'postmaster.pid')))?.split('\n') ?? [];
  // The second one is said by a standby, which answers what only reads.
  return Number(lines[0]) === server.pid && lines.some((line) => ['ready', 'standby'].includes(line.trim()));
}

/** Makes our database where it is missing; false while the server takes no connections yet. */
async function createDatabase(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: CLUSTER_USER,
    password,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: CONNECT_LIMIT_MILLISECONDS,
  });
  try {
    await client.connect();
  } catch (error) {
    // A pid file from before a crash may say ready, with the same pid, before the new server is.
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
