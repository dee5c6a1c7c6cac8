import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import pg from 'pg';
import { sessionSettings } from './database-session.js';
import { log } from '../observability/logger.js';
import { migrationNames, MIGRATIONS_DIR, PRISMA_DIR } from './migrations.js';

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** The part of the standard API that is used here; Node's own types leave it out. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

type SchemaEngine = Awaited<ReturnType<typeof engineBindings.SchemaEngine.new>>;
let engineModule: Promise<void> | undefined;

/**
 * Brings the database up to date and answers with the names of the migrations that it applied.
 * It is Prisma's own schema engine, in its WebAssembly build, so `_prisma_migrations` is kept as the
 * Prisma CLI keeps it, and no engine has to be downloaded. Several machines may call it at once: the engine
 * takes an advisory lock of its own.
 * @throws where the server can't be reached, or a migration fails (it is then marked as failed).
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const { appliedMigrationNames } = await withEngine(databaseUrl, async (engine) =>
    engine.applyMigrations({ migrationsList: await readMigrations(), filters: NO_FILTERS }),
  );
  return appliedMigrationNames;
}

/**
 * The SQL that makes prisma/schema.prisma's tables from nothing; a test compares them with the migrated ones.
 * (A diff of the database itself needs Prisma's native engine: its driver adapter can't read the catalogues.)
 */
export async function schemaSql(databaseUrl: string): Promise<string> {
  const files = [{ path: 'schema.prisma', content: await readFile(`${PRISMA_DIR}schema.prisma`, 'utf8') }];
  const { stdout } = await withEngine(databaseUrl, (engine) =>
    engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    }),
  );
  return stdout ?? '';
}

async function withEngine<T>(databaseUrl: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  engineModule ??= loadEngineModule();
  await engineModule;
  const pool = new pg.Pool(sessionSettings(databaseUrl));
  pool.on('error', (error) => {
    log.warn({ err: error }, 'an idle migration connection was lost');
  });
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
  const schema = await readFile(`${PRISMA_DIR}schema.prisma`, 'utf8');
  const engine = await engineBindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    (line: string) => {
      log.debug({ line }, 'schema engine');
    },
    adapter,
  );
  try {
    return await use(engine);
  } finally {
    engine.free();
    await pool.end();
  }
}

/** Node 20 can't import a .wasm file by itself, so its exports are bound by hand, as the package's index does. */
async function loadEngineModule(): Promise<void> {
  const bindings = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = await readFile(bindings.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': engineBindings,
  });
  const { __wbg_set_wasm: bind } = engineBindings as unknown as {
    __wbg_set_wasm: (exports: unknown) => void;
  };
  bind(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
}

async function readMigrations() {
  const names = await migrationNames();
  return {
    baseDir: MIGRATIONS_DIR,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(`${MIGRATIONS_DIR}/migration_lock.toml`, 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(`${MIGRATIONS_DIR}/${name}/migration.sql`, 'utf8'),
          },
        },
      })),
    ),
  };
}
