import { Redis } from 'ioredis';
import type { OwnRedis } from './own-redis.js';
import { codeBlock, login } from './readme.js';

export interface ClosedRedis {
  /** For the application's user. */
  readonly url: string;
  /** Connected as the user for people. */
  readonly admin: Redis;
}

/** Restricts a new server by the commands of docs/operations.md. */
export async function closeRedis({ url, port }: OwnRedis): Promise<ClosedRedis> {
  const urlOf = (credentials: string) => `redis://${credentials}@127.0.0.1:${port}`;
  const admin = new Redis(urlOf(login('admin', 'admin-password')), { lazyConnect: true });
  // The default user, as at the installation.
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

/** The commands that redis-cli would send for this script. */
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
