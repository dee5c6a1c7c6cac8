import { once } from 'node:events';
import type { ServerProcess } from './processes.js';

/** Arguments of Node.js for a process that collects its garbage on request. */
export const COLLECTS_GARBAGE = ['--expose-gc', '--import', './dist/test/bench/collect-garbage.js'];

/** @returns the memory in use after the collection */
export async function collectGarbage({ child }: ServerProcess): Promise<NodeJS.MemoryUsage> {
  child.send('collect garbage');
  const [memory] = (await once(child, 'message')) as [NodeJS.MemoryUsage];
  return memory;
}
