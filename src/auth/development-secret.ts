import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateDirectory } from '../platform/private-directory.js';

/**
 * The secret that signs tokens on a developer's machine. Created once in `dataDir` and shared by all processes there.
 * Never used in production, which does not start without a configured key.
 */
export function developmentSecret(dataDir = '.data'): string {
  const path = join(dataDir, 'auth-secret');
  makePrivateDirectory(dataDir);
  // Written under another name first, so that a process starting at the same time can't read half of it.
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
