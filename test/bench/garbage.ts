import { once } from 'node:events';
import type { ServerProcess } from './processes.js';

/** Arguments of Node.js for a process that collects its garbage when it is told to. */
export const COLLECTS_GARBAGE = ['--expose-gc', '--import', './dist/test/bench/collect-garbage.js'];

/** @returns what is in use after that */
export async function collectGarbage({ child }: ServerProcess): Promise<NodeJS.MemoryUsage> {
  child.send('collect garbage');
  const [memory] = (await once(child, 'message')) as [NodeJS.MemoryUsage];
  return memory;
}
