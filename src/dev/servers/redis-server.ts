import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { makePrivateDirectory } from '../../platform/private-directory.js';
import { ServerProcess, waitUntil, type RunningServer, type StopStep } from './child-process.js';
import { findFreePort, keepPassword, readIfThere, writeWhole } from './data-files.js';
import { findRedisServer, REDIS_PROGRAMS } from './find-redis.js';
import { stopLeftover } from './leftover-server.js';

export type { RunningServer } from './child-process.js';

export interface RedisOptions {
  /** Holds the append-only file, the configuration and the password; made when missing. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Further lines of redis.conf, name and value; they win over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes the server's log, a line at a time. */
  readonly log?: (line: string) => void;
  /** Interrupts the start: what is half there is stopped. */
  readonly signal?: AbortSignal;
}

/** Covers the loading of some gigabytes of append-only file. */
const START_LIMIT_MILLISECONDS = 120_000;
/** A server on this machine answers a PING within a millisecond; under load it is asked again. */
const PING_LIMIT_MILLISECONDS = 500;
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMilliseconds: 20_000 },
  { signal: 'SIGKILL', waitMilliseconds: 5_000 },
];
/** Losing the race for a free port several times running has another cause. */
const START_ATTEMPTS = 5;
const PORT_TAKEN = /address already in use/i;

/**
 * Starts a Redis of our own on 127.0.0.1 that keeps its data in `dataDir`, and returns when it answers a
 * PING. A server left over from a killed run on the same directory is stopped first. Throws an Error with
 * the last log lines when it doesn't start, or one that says how to get a Redis where there is none.
 */
export async function startRedis(options: RedisOptions): Promise<RunningServer> {
  const log = options.log ?? (() => undefined);
  const program = await findRedisServer({ announce: log, signal: options.signal });
  const dataDir = resolve(options.dataDir);
  makePrivateDirectory(dataDir);
  await clearLeftover(dataDir);
  const password = await keepPassword(join(dataDir, 'password'));
  const configuration = join(dataDir, 'redis.conf');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    await writeWhole(configuration, configurationText(dataDir, port, password, options.settings));
    const server = await ServerProcess.start({ program, parameters: [configuration] }, log);
    if (await isReady(server, port, password, options.signal)) {
      const stop = (): Promise<void> => server.stop(STOP_STEPS);
      return { url: `redis://:${password}@127.0.0.1:${port}`, port, pid: server.pid, stop };
    }
    await server.stop(STOP_STEPS);
    options.signal?.throwIfAborted();
    const lines = await server.lastLines();
    const lostPort = options.port === undefined && PORT_TAKEN.test(lines);
    if (attempt === START_ATTEMPTS || !lostPort) {
      throw new Error(`Redis on ${dataDir} didn't start. Its last log lines:\n${lines}`);
    }
  }
}

async function clearLeftover(dataDir: string): Promise<void> {
  const pid = Number(await readIfThere(join(dataDir, 'redis.pid')));
  if (Number.isInteger(pid) && pid > 0) await stopLeftover(pid, REDIS_PROGRAMS, dataDir, STOP_STEPS);
}

function configurationText(
  dataDir: string,
  port: number,
  password: string,
  settings: RedisOptions['settings'],
): string {
  const all = {
    appendonly: 'yes',
    appendfsync: 'everysec',
    'aof-load-truncated': 'yes',
    // The append-only file is enough.
    save: '""',
    // BullMQ's jobs must never be thrown away to make room.
    'maxmemory-policy': 'noeviction',
    ...settings,
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    port: String(port),
    requirepass: password,
    daemonize: 'no',
    dir: quoted(dataDir),
    pidfile: quoted(join(dataDir, 'redis.pid')),
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

/** redis.conf reads a double-quoted string with the escapes that JSON has for quotes and backslashes. */
function quoted(path: string): string {
  return JSON.stringify(path);
}

async function isReady(
  server: ServerProcess,
  port: number,
  password: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let ready = false;
  await waitUntil(async () => {
    ready = await answersPing(port, password);
    return ready || server.hasEnded() || signal?.aborted === true;
  }, START_LIMIT_MILLISECONDS);
  return ready;
}

/** False too while it loads its data, and for another program's server, which has another password. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.setTimeout(PING_LIMIT_MILLISECONDS, () => socket.destroy());
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      // Two lines, whichever they are.
      if (reply.split('\r\n').length > 2) socket.destroy();
    });
    // Not listening yet; 'close' follows and brings the answer.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      resolve(reply === '+OK\r\n+PONG\r\n');
    });
  });
}
