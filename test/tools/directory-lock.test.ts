import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockDirectory } from '../../src/dev/directory-lock.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'directory-lock-'));
});

afterEach(() => rm(dataDir, { recursive: true }));

describe('the lock of a data directory', () => {
  const lockFile = (): string => join(dataDir, 'in-use.json');

  test('is refused while a running process holds it, and can be taken after its release', async () => {
    const release = await lockDirectory(dataDir);
    await expect(lockDirectory(dataDir)).rejects.toThrow(
      new RegExp(`is in use by process ${process.pid} \\(started \\d{4}-`),
    );
    await release();
    await (
      await lockDirectory(dataDir)
    )();
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('goes to one of two that ask at once, even if its last holder is dead', async () => {
    const ended = spawnSync('true');
    await writeFile(lockFile(), JSON.stringify({ pid: ended.pid, startedAt: 'once', token: 'old' }));
    const outcomes = await Promise.allSettled([lockDirectory(dataDir), lockDirectory(dataDir)]);
    const releases = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(releases).toHaveLength(1);
    expect(await readdir(dataDir)).toEqual(['in-use.json']);
    for (const release of releases) await release();
  });

  test.each([
    ['the process id of its holder belongs to another process', (): string => holderText('another start')],
    ['its file is damaged', (): string => '{"pid":'],
  ])('is taken over when %s', async (_name, text) => {
    await writeFile(lockFile(), text());
    const release = await lockDirectory(dataDir);
    expect(JSON.parse(await readFile(lockFile(), 'utf8'))).toMatchObject({ pid: process.pid });
    await release();
  });

  function holderText(processStart: string): string {
    return JSON.stringify({ pid: process.pid, startedAt: 'once', processStart, token: 'old' });
  }
});
