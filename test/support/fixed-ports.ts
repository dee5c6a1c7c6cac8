import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const LOWEST_PORT = 10_000;
/** Where the system does not say from which port on it hands them out. */
const USUAL_LOWEST_EPHEMERAL_PORT = 32_768;
const ATTEMPTS = 100;

/**
 * So many ports of 127.0.0.1 that are free, and stay so while their owners are down: the system gives them to
 * no outgoing connection.
 */
export async function findFixedPorts(count: number): Promise<number[]> {
  const limit = await lowestEphemeralPort();
  const found = new Set<number>();
  for (let attempt = 0; attempt < ATTEMPTS && found.size < count; attempt += 1) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (limit - LOWEST_PORT));
    if (await isFree(port)) found.add(port);
  }
  if (found.size < count) throw new Error(`no ${count} free ports between ${LOWEST_PORT} and ${limit}`);
  return [...found];
}

async function lowestEphemeralPort(): Promise<number> {
  // Not on every system.
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const lowest = Number(/^\d+/.exec(range)?.[0] ?? USUAL_LOWEST_EPHEMERAL_PORT);
  return lowest > LOWEST_PORT + ATTEMPTS ? lowest : USUAL_LOWEST_EPHEMERAL_PORT;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  const closed = once(probe, 'close');
  probe.close();
  await closed;
  return true;
}
