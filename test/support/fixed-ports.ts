import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';

const LOWEST_PORT = 10_000;
/** The usual first ephemeral port, for systems without /proc. */
const USUAL_LOWEST_EPHEMERAL_PORT = 32_768;
const ATTEMPTS = 100;

/**
 * Finds free ports of 127.0.0.1 below the ephemeral ones, so that no outgoing connection takes them while their
 * owners are down.
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
  // Only Linux has this file.
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
