import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const { postgres, redis, directory } = globalThis.testServers;
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(directory, { recursive: true, force: true });
}
