import { readdir } from 'node:fs/promises';
import { packageFile } from '../package-file.js';

export const PRISMA_DIR = packageFile('prisma/');
export const MIGRATIONS_DIR = `${PRISMA_DIR}migrations`;

/** This release's migrations, in the order in which they are applied. */
export async function migrationNames(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS_DIR, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}
