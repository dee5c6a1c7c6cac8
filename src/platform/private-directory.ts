import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;

/**
 * Makes a directory that only its owner may enter, in parents with the usual rights. One that is there already is
 * closed to others.
 * @throws where it is open to others and belongs to somebody else
 */
export function makePrivateDirectory(directory: string): void {
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: OWNER_ONLY });
  if ((statSync(directory).mode & OTHERS) !== 0) chmodSync(directory, OWNER_ONLY);
}
