import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentSecret } from '../../src/auth/development-secret.js';
import { startSandbox } from '../../src/dev/sandbox/server.js';
import { lockDirectory } from '../../src/dev/directory-lock.js';
import { makePrivateDirectory } from '../../src/platform/private-directory.js';

describe('a directory with secrets', () => {
  let parent: string;
  let directory: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'private-directory-'));
    directory = join(parent, 'data');
  });

  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  const rightsOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test.each<[string, (path: string) => unknown]>([
    ['the directory itself', makePrivateDirectory],
    ['the key that signs development tokens', developmentSecret],
    ['the lock of npm start', async (path) => (await lockDirectory(path))()],
    ['the ledger of the sandbox', async (path) => (await startSandbox({ dataDirectory: path })).close()],
  ])('is created for its owner alone, and closed if it was open to others: %s', async (_, make) => {
    await make(directory);
    expect(rightsOf(directory)).toBe('700');
    for (const rights of [0o755, 0o750, 0o701, 0o777]) {
      chmodSync(directory, rights);
      await make(directory);
      expect(rightsOf(directory)).toBe('700');
    }
  });

  test('keeps its files, and does not change its parent directory', () => {
    chmodSync(parent, 0o755);
    mkdirSync(directory, { mode: 0o755 });
    writeFileSync(join(directory, 'kept'), '');
    makePrivateDirectory(directory);
    expect(statSync(join(directory, 'kept')).isFile()).toBe(true);
    expect(rightsOf(parent)).toBe('755');
  });

  test('keeps stricter permissions', () => {
    mkdirSync(directory, { mode: 0o500 });
    makePrivateDirectory(directory);
    expect(rightsOf(directory)).toBe('500');
  });
});
