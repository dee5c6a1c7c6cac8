import { test } from '@jest/globals';
import { OwnPostgres } from '../../support/own-postgres.js';
import { OwnRedis } from '../../support/own-redis.js';
import { startProcess } from '../../support/system-process.js';
import { setup } from '../../support/test-system.js';

test('starts a process of each kind, and waits', async () => {
  const system = await setup();
  const [, , { child }] = await Promise.all([
    OwnPostgres.start(),
    OwnRedis.start(),
    startProcess(system.env),
  ]);
  process.stdout.write(`${child.pid ?? 0} runs below ${process.env['TMPDIR'] ?? ''}\n`);
  await new Promise(() => undefined);
}, 600_000);
