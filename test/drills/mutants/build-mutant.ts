import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageFile } from '../../../src/platform/package-file.js';
import { applyPatches, type Mutant, patchedFiles } from './mutant.js';

const PROJECT = packageFile('');
/** What the compiler reads, and what the compiled programs read next to dist/. */
const COPIED = ['src', 'prisma', 'schema.graphql', 'package.json', '.swcrc', 'rolldown.config.ts'];
/** As in `npm run build`. */
const COMPILER = 'node_modules/rolldown/bin/cli.mjs';
const COMPILER_OPTIONS = ['--config', '--logLevel', 'silent'];
/** It takes some seconds on a busy machine. */
const COMPILE_TIMEOUT_MS = 120_000;

/**
 * Copies the project, breaks it and compiles it.
 * @param directory is created; the project itself is not changed
 * @returns the root from which its processes are started, with dist/ below it
 * @throws if a patch doesn't fit or the result can't be compiled
 */
export async function buildMutant(mutant: Mutant, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await Promise.all(
    COPIED.map((name) => cp(join(PROJECT, name), join(directory, name), { recursive: true })),
  );
  await symlink(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
  for (const file of patchedFiles(mutant)) {
    const path = join(directory, file);
    await writeFile(path, applyPatches(mutant, file, await readFile(path, 'utf8')));
  }
  await promisify(execFile)(process.execPath, [COMPILER, ...COMPILER_OPTIONS], {
    cwd: directory,
    timeout: COMPILE_TIMEOUT_MS,
  });
  return directory;
}
