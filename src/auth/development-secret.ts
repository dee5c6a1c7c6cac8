import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory } from '../platform/private-directory.js';

/**
 * The key that signs tokens on a developer's machine: made once, kept under `.data/`, shared by every process
 * that runs there. Production refuses to start without a key of its own, so it is never used in it.
 */
export function developmentSecret(dataDir = '.data'): string {
  const path = join(dataDir, 'auth-secret');
  makePrivateDirectory(dataDir);
  // Written in full before it gets its name: a process that starts at the same moment must not read half of it.
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}
