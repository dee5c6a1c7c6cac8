import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;

/**
 * Creates a directory that only its owner can access; missing parents get the default permissions. An existing
 * directory is closed to other users.
 * @throws where an existing directory is open to others and belongs to another user
 */
export function makePrivateDirectory(directory: string): void {
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: OWNER_ONLY });
  if ((statSync(directory).mode & OTHERS) !== 0) chmodSync(directory, OWNER_ONLY);
}
