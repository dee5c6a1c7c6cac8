import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Starts the run's PostgreSQL and Redis by a process of its own, which ends when this one does, however that ends, and
 * takes all with it that the run has started: see servers/run-servers.ts. (Plain JavaScript: Jest doesn't compile it.)
 */
export default async function globalSetup() {
  // Two projects need them; for the second one they are already running.
  if (globalThis.testServers !== undefined) return;
  process.env.TEST_RUN = randomUUID();
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/test/servers/servers.js'], {
    // Not reached by Ctrl-C: it ends with this process.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  globalThis.testServers = child;
  const failed = once(child, 'exit').then(() => {
    throw new Error('the servers of the tests did not start');
  });
  const started = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([started, failed]);
  failed.catch(() => undefined);
  Object.assign(process.env, JSON.parse(line));
}
