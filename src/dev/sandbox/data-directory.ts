import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Relative to the project, as that of the other servers of `npm start`. */
export const DEFAULT_DATA_DIRECTORY = '.data/sandbox';

/**
 * Makes the directory of the journal, for its owner alone. The default one lies in `.data/`, where the key that signs
 * development tokens lies too: that is closed as well.
 *
 * @throws Error where the directory belongs to somebody else
 */
export function makeDataDirectory(directory: string): void {
  if (directory === DEFAULT_DATA_DIRECTORY) makePrivate(dirname(directory));
  makePrivate(directory);
}

function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // It may be there already, with other rights.
  chmodSync(directory, 0o700);
}
