import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { seedProducts } from '../../../dist/dev/seed.js';
import { findFreePort } from '../../../dist/dev/servers/data-files.js';
import { startPostgres } from '../../../dist/dev/servers/postgres-server.js';
import { startRedis } from '../../../dist/dev/servers/redis-server.js';

export const SECRET = 'a secret for the rest times, 32 bytes and more';
const ROLES = ['api', 'api', 'relay', 'relay', 'worker', 'worker'];
const READY_TIMEOUT_MS = 60_000;

/** Servers, sandbox and processes of a production, each at an address that outlives its death. */
export class System {
  /** @param {string} directory for the data of PostgreSQL, Redis and the sandbox */
  constructor(directory) {
    this.directory = directory;
    this.processes = [];
  }

  async start() {
    await this.startServers();
    const migration = spawn(process.execPath, ['dist/migrate.js'], {
      env: { PATH: process.env.PATH, DATABASE_URL: this.postgres.url },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(migration, 'exit');
    if (code !== 0) throw new Error('the migration failed');
    await seedProducts(this.postgres.url);
    await this.startProcesses();
  }

  async startServers() {
    [this.postgres, this.redis, this.sandbox] = await Promise.all([
      this.startPostgres(),
      this.startRedis(),
      this.startSandbox(),
    ]);
  }

  async startProcesses() {
    this.processes = await Promise.all(
      ROLES.map(async (role, index) => startProcess(role, await this.environment(role, index))),
    );
  }

  get apiUrls() {
    return this.processes.filter(({ role }) => role === 'api').map(({ url }) => url);
  }

  get workers() {
    return this.processes.filter(({ role }) => role === 'worker');
  }

  /** In the place of one that was killed. */
  async replace(old) {
    const index = this.processes.indexOf(old);
    this.processes[index] = await startProcess(old.role, await this.environment(old.role, index));
  }

  /** fsync is on, as where it counts. */
  async startPostgres() {
    const port = this.postgres?.port;
    return startPostgres({ dataDir: join(this.directory, 'postgres'), ...(port && { port }) });
  }

  async startRedis({ empty = false } = {}) {
    const dataDir = join(this.directory, 'redis');
    if (empty) await rm(join(dataDir, 'appendonlydir'), { recursive: true, force: true });
    const port = this.redis?.port;
    return startRedis({ dataDir, ...(port && { port }) });
  }

  async startSandbox() {
    this.sandboxPort ??= await findFreePort();
    const env = {
      PATH: process.env.PATH,
      SANDBOX_PORT: String(this.sandboxPort),
      SANDBOX_DATA_DIR: join(this.directory, 'sandbox'),
    };
    return startProgram('payment sandbox', 'dist/dev/sandbox.js', env, /ready on (http:\S+)/);
  }

  /** A power cut, as far as all of these are concerned. */
  async killEverything() {
    const children = [...this.processes, this.sandbox];
    for (const { child } of children) child.kill('SIGKILL');
    kill([...(await postgresProcesses(this.postgres.pid)), this.redis.pid]);
    await Promise.all([...children.map(({ ended }) => ended), this.postgres.stop(), this.redis.stop()]);
  }

  async stop() {
    const children = [...this.processes, ...(this.sandbox === undefined ? [] : [this.sandbox])];
    for (const { child } of children) child.kill('SIGKILL');
    await Promise.all(children.map(({ ended }) => ended));
    await this.redis?.stop();
    await this.postgres?.stop();
  }

  async environment(role, index) {
    // The promise itself is kept: several ask at once.
    this.ports ??= Promise.all(ROLES.map(() => findFreePort()));
    const ports = await this.ports;
    return {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      ROLE: role,
      HOST: '127.0.0.1',
      PORT: String(ports[index]),
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

async function startProcess(role, env) {
  const started = await startProgram(role, 'dist/main.js', env, /"url":"(http:[^"]+)".*"msg":"ready"/);
  return { role, ...started };
}

/** @throws with what it said last where it does not become ready */
async function startProgram(name, main, env, ready) {
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const last = [];
  const url = await new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`${name} did not become ready:\n${last.join('\n')}`));
    const timer = setTimeout(fail, READY_TIMEOUT_MS);
    const read = (line) => {
      last.push(line);
      if (last.length > 20) last.shift();
      const address = ready.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', read);
    ended.then(fail);
  });
  return { url, child, ended, last };
}

/** Its first process and, where the system says so, what that has started: each has a session of its own. */
async function postgresProcesses(pid) {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
}

export function kill(pids, signal = 'SIGKILL') {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended by itself meanwhile.
      if (error.code !== 'ESRCH') throw error;
    }
  }
}
