import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import { COUNT_SCRIPT } from '../../src/platform/redis/rate-limiter.js';

/** BullMQ doesn't export them, so they are read from its files. */
const BULLMQ_SCRIPTS = createRequire(import.meta.url)(
  resolve('node_modules/bullmq/dist/cjs/scripts/index.js'),
) as Readonly<Record<string, { readonly content: string }>>;

/**
 * The privileges of a role that were never used, as "table VERB"; a privilege on a column counts as one on its table.
 * PostgreSQL counts the last statements of a process when its sessions end.
 */
export async function unusedVerbs(sql: pg.Pool, role: string): Promise<string[]> {
  const { rows } = await sql.query<{ verb: string }>(
    `(SELECT table_name || ' ' || privilege_type AS verb
      FROM information_schema.column_privileges WHERE grantee = $1
      UNION SELECT table_name || ' ' || privilege_type FROM information_schema.table_privileges WHERE grantee = $1)
     EXCEPT SELECT relname || ' ' || verb FROM pg_stat_user_tables,
       LATERAL (VALUES ('SELECT', seq_scan + coalesce(idx_scan, 0)), ('INSERT', n_tup_ins), ('UPDATE', n_tup_upd),
         ('DELETE', n_tup_del)) AS counted (verb, times)
     WHERE times > 0 ORDER BY 1`,
    [role],
  );
  return rows.map(({ verb }) => verb);
}

/**
 * The commands that a Redis user may call but never called, and those that it needs but may not call. It needs all
 * commands in the scripts of BullMQ and the rate limiter that were called, even in branches not taken: a script that
 * is refused a command halfway leaves its first half done.
 */
export async function commandsOutOfPlace(
  redis: Redis,
  user: string,
): Promise<{ readonly missing: readonly string[]; readonly superfluous: readonly string[] }> {
  const allowed = await allowedCommands(redis, user);
  const inScripts = await commandsInCalledScripts(redis);
  const useful = new Set([...(await calledCommands(redis)), ...inScripts]);
  return {
    missing: inScripts.filter((command) => !allowed.includes(command)),
    superfluous: allowed.filter((command) => !useful.has(command)),
  };
}

async function allowedCommands(redis: Redis, user: string): Promise<string[]> {
  const list = String(await redis.call('ACL', 'LIST'));
  const words = new RegExp(`user ${user} [^,]*`).exec(list)?.[0].split(' ') ?? [];
  return words.filter((word) => word.startsWith('+')).map((word) => word.slice(1));
}

/** The commands called since the server started, by clients or scripts. */
async function calledCommands(redis: Redis): Promise<string[]> {
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=[1-9]/gm);
  return [...lines].map(([, name = '']) => name);
}

async function commandsInCalledScripts(redis: Redis): Promise<string[]> {
  const scripts = [...Object.values(BULLMQ_SCRIPTS).map(({ content }) => content), COUNT_SCRIPT];
  const sums = scripts.map((script) => createHash('sha1').update(script).digest('hex'));
  const called = (await redis.script('EXISTS', ...sums)) as number[];
  const commands = scripts
    .filter((_, index) => called[index] === 1)
    .flatMap((script) => [...script.matchAll(/(?:rcall|redis\.p?call)\(\s*["']([A-Z]+)["']/gi)])
    .map(([, name = '']) => name.toLowerCase());
  // These two are called by a variable.
  return [...new Set([...commands, 'lpush', 'rpush'])];
}
