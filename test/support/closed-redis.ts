import { Redis } from 'ioredis';
import type { OwnRedis } from './own-redis.js';
import { codeBlock, login } from './readme.js';

export interface ClosedRedis {
  /** As the application's user. */
  readonly url: string;
  /** As the user for people. */
  readonly admin: Redis;
}

/** Closes a new server down by the lines of docs/operations.md. */
export async function closeRedis({ url, port }: OwnRedis): Promise<ClosedRedis> {
  const urlOf = (credentials: string) => `redis://${credentials}@127.0.0.1:${port}`;
  const admin = new Redis(urlOf(login('admin', 'admin-password')), { lazyConnect: true });
  // Whoever installed the server; one without a password would be just as good.
  const installer = new Redis(url);
  try {
    for (const { user, command, parameters } of calls(
      codeBlock('docs/operations.md', 'sh', 'redis-cli ACL SETUSER admin'),
    ))
      await (user === 'admin' ? admin : installer).call(command, ...parameters);
  } finally {
    installer.disconnect();
  }
  return { url: urlOf(login('orders', 'orders-password')), admin };
}

/** What redis-cli would send, as a shell reads the lines. */
function calls(script: string) {
  return script
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line.startsWith('redis-cli '))
    .map((line) => {
      const [, ...words] = line
        .replace(/ #.*/, '')
        .split(/\s+/)
        .map((word) => word.replace(/^'(.*)'$/, '$1'));
      const user = words[0] === '--user' ? words.splice(0, 2)[1] : undefined;
      const [command = '', ...parameters] = words;
      return { user, command, parameters };
    });
}
