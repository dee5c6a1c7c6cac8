import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LaggingStandby } from '../drills/system/lagging-standby.js';
import { OwnPostgres } from '../support/own-postgres.js';

let directory: string;
let postgres: OwnPostgres;
let standby: LaggingStandby | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postgres-copies-'));
  standby = undefined;
  postgres = await OwnPostgres.start({ dataDir: join(directory, 'postgres'), smallDisk: true });
  await postgres.query('CREATE TABLE kept (number integer PRIMARY KEY)');
});

afterEach(async () => {
  await standby?.end();
  await postgres.end();
  await rm(directory, { recursive: true });
});

async function keep(number: number): Promise<void> {
  await postgres.query('INSERT INTO kept VALUES ($1)', [number]);
}

async function kept(server: OwnPostgres): Promise<number[]> {
  const rows = await server.query<{ number: number }>('SELECT number FROM kept ORDER BY number');
  return rows.map(({ number }) => number);
}

async function historyOf(server: OwnPostgres): Promise<unknown> {
  return server.query(
    'SELECT system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()',
  );
}

describe('a PostgreSQL of a test', () => {
  test('goes back to a copy, at its address, and has everything from before and nothing from after it', async () => {
    const { url } = postgres;
    await keep(1);
    const before = await historyOf(postgres);
    await postgres.copyTo(join(directory, 'copy'));
    await keep(2);
    expect(await kept(postgres)).toEqual([1, 2]);
    await postgres.kill();
    await postgres.replaceFiles(join(directory, 'copy'));
    await postgres.startAgain();
    expect(await kept(postgres)).toEqual([1]);
    expect(await historyOf(postgres)).toEqual(before);
    expect(postgres.url).toBe(url);
    await keep(3);
    expect(await kept(postgres)).toEqual([1, 3]);
  });

  test('has a standby that lacks what was committed while it was left behind, and takes writes once promoted', async () => {
    standby = await LaggingStandby.start(postgres, { dataDir: join(directory, 'standby') });
    await keep(1);
    await standby.untilItHasEverything();
    standby.leaveBehind();
    await keep(2);
    await postgres.kill();
    await standby.takeOver();
    expect(await kept(standby.postgres)).toEqual([1]);
    await standby.postgres.query('INSERT INTO kept VALUES (3)');
    expect(await kept(standby.postgres)).toEqual([1, 3]);
    await standby.postgres.stop();
    await standby.postgres.startAgain();
    expect(await kept(standby.postgres)).toEqual([1, 3]);
  });
});
