import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import pg from 'pg';
import { readMigrations } from '../../src/platform/database/migrations.js';
import { required } from './test-system.js';

/*
 * Prisma's schema engine in its WebAssembly build: the CLI would download the native one. A program of its own, since
 * the engine leaves a timer behind. Usage: DATABASE_URL=… schema-engine.js deploy|status|schema-sql [directory]
 */

/** The part of the standard API that is used here; Node's own types leave it out. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** Node 20 can't import a .wasm file, so its exports are bound here, as the package's index does. */
async function loadEngine(): Promise<void> {
  const path = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(path.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings });
  const { __wbg_set_wasm: bind } = bindings as unknown as { __wbg_set_wasm: (exports: unknown) => void };
  bind(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
}

async function migrationsList(directory: string) {
  const migrations = await readMigrations(directory);
  return {
    baseDir: directory,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}

const [command = '', directory = 'prisma/migrations'] = process.argv.slice(2);
const schema = await readFile('prisma/schema.prisma', 'utf8');
await loadEngine();
const pool = new pg.Pool({ connectionString: required('DATABASE_URL') });
const engine = await bindings.SchemaEngine.new(
  { datamodels: [['schema.prisma', schema]] },
  () => undefined,
  bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool)),
);

async function run(): Promise<string> {
  switch (command) {
    case 'deploy': {
      const list = await migrationsList(directory);
      const applied = await engine.applyMigrations({ migrationsList: list, filters: NO_FILTERS });
      return JSON.stringify(applied.appliedMigrationNames);
    }
    case 'status': {
      const list = await migrationsList(directory);
      return JSON.stringify(
        await engine.diagnoseMigrationHistory({
          migrationsList: list,
          optInToShadowDatabase: false,
          filters: NO_FILTERS,
        }),
      );
    }
    case 'schema-sql': {
      const { stdout } = await engine.diff({
        from: { tag: 'empty' },
        to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
        script: true,
        exitCode: null,
        filters: NO_FILTERS,
      });
      return stdout ?? '';
    }
    default:
      throw new Error(`deploy, status or schema-sql, not "${command}"`);
  }
}

run().then(
  (output) => process.stdout.write(output, () => process.exit(0)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
