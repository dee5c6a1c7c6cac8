import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Journal } from './journal.js';

/** Writes a new journal with these entries, and at its end a line with their size in bytes. */
export function writeCompacted(path: string, entries: Iterable<object>, log: (line: string) => void): void {
  // Left behind by a start that was killed halfway.
  rmSync(path, { force: true });
  const compacted = new Journal(path, () => undefined, log);
  for (const entry of entries) compacted.append(JSON.stringify(entry));
  compacted.append(JSON.stringify({ compactedBytes: compacted.size }));
  compacted.close();
}

/** Replaces a file with another one, so that a power failure leaves one of the two. */
export function replaceFile(path: string, newPath: string): void {
  renameSync(newPath, path);
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}
