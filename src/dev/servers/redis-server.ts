import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { makePrivateDirectory } from '../../platform/private-directory.js';
import type { RunningServer, StopStep } from './child-process.js';
import { keepPassword, readIfThere, writeWhole } from './data-files.js';
import { findRedisServer, REDIS_PROGRAMS } from './find-redis.js';
import { stopLeftover } from './leftover-server.js';
import { startServer, type ServerOptions } from './start-server.js';

/** A server on this machine answers a PING within a millisecond; under load it is asked again. */
const PING_LIMIT_MILLISECONDS = 500;
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMilliseconds: 20_000 },
  { signal: 'SIGKILL', waitMilliseconds: 5_000 },
];
/**
 * Starts a Redis of our own on 127.0.0.1 that keeps its data in `dataDir`, and returns when it answers a
 * PING. A server left over from a killed run on the same directory is stopped first. Throws an Error with
 * the last log lines when it doesn't start, or one that says how to get a Redis where there is none.
 */
export async function startRedis(options: ServerOptions): Promise<RunningServer> {
  const { log = () => undefined, signal } = options;
  const program = await findRedisServer({ announce: log, signal });
  const dataDir = resolve(options.dataDir);
  makePrivateDirectory(dataDir);
  const password = await keepPassword(join(dataDir, 'password'));
  const configuration = join(dataDir, 'redis.conf');
  const running = await startServer(
    { ...options, dataDir },
    {
      name: 'Redis',
      stopSteps: STOP_STEPS,
      prepare: async (port) => {
        await clearLeftover(dataDir);
        await writeWhole(configuration, configurationText(dataDir, port, password, options.settings));
        return { program, parameters: [configuration] };
      },
      isReady: (_server, port) => answersPing(port, password),
    },
  );
  return { url: `redis://:${password}@127.0.0.1:${running.port}`, ...running };
}

async function clearLeftover(dataDir: string): Promise<void> {
  const pid = Number(await readIfThere(join(dataDir, 'redis.pid')));
  if (Number.isInteger(pid) && pid > 0) await stopLeftover(pid, REDIS_PROGRAMS, dataDir, STOP_STEPS);
}

function configurationText(
  dataDir: string,
  port: number,
  password: string,
  settings: ServerOptions['settings'],
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
