import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory } from '../platform/private-directory.js';

/**
 * The key that signs tokens on a developer's machine: made once, kept under `.data/`, shared by every process
 * that runs there. Production refuses to start without a key of its own, so it is never used in it.
 */
export function developmentSecret(dataDir = '.data'): string {
  const path = join(dataDir, 'auth-secret');
  makePrivateDirectory(dataDir);
  try {
    writeFileSync(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
