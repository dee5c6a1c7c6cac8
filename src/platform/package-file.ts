import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's root, which holds package.json, whether this runs from src/ or from a bundle in dist/. */
function findRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    directory = parent;
  }
  return directory;
}

const root = findRoot();

/** The absolute path of a file that the package brings along. @param path relative to the package's root */
export function packageFile(path: string): string {
  return join(root, path);
}
