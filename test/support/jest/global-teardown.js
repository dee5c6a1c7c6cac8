import { once } from 'node:events';

export default async function globalTeardown() {
  const child = globalThis.testServers;
  if (child === undefined) return;
  globalThis.testServers = undefined;
  const ended = once(child, 'exit');
  child.stdin.end();
  await ended;
}
