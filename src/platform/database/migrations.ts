import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFile } from '../package-file.js';

export const PRISMA_DIR = packageFile('prisma/');
export const MIGRATIONS_DIR = `${PRISMA_DIR}migrations`;

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/** The names of this release's migrations, in the order in which they are applied. */
export async function migrationNames(directory = MIGRATIONS_DIR): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** The migrations in a directory, in the order in which they are applied. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = await migrationNames(directory);
  return Promise.all(
    names.map(async (name) => ({
      name,
      sql: await readFile(join(directory, name, 'migration.sql'), 'utf8'),
    })),
  );
}
