import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { makePrivateDirectory } from '../../platform/private-directory.js';
import type { RunningServer, StopStep } from './child-process.js';
import { keepPassword, readIfThere, writeWhole } from './data-files.js';
import { findRedisServer, REDIS_PROGRAMS } from './find-redis.js';
import { stopLeftover } from './leftover-server.js';
import { startServer, type ServerOptions } from './start-server.js';

/** A local server answers a PING within a millisecond; under load it is asked again. */
const PING_TIMEOUT_MS = 500;
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', timeoutMs: 20_000 },
  { signal: 'SIGKILL', timeoutMs: 5_000 },
];
/**
 * Starts Redis on 127.0.0.1 with its data in `dataDir`, and resolves when it answers a PING. A server that a killed run
 * left on the same directory is stopped first.
 * @throws with the last log lines where it doesn't start, and with instructions where no Redis is installed
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
    // BullMQ's jobs must never be evicted.
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

/** In redis.conf, double-quoted strings escape quotes and backslashes as JSON does. */
function quoted(path: string): string {
  return JSON.stringify(path);
}

/** False also while it loads its data, and for another program's server, which has another password. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.setTimeout(PING_TIMEOUT_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      if (reply.split('\r\n').length > 2) socket.destroy();
    });
    // Not listening yet; 'close' follows.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      resolve(reply === '+OK\r\n+PONG\r\n');
    });
  });
}
