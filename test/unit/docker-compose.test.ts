import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { PROGRAMS } from '../../rolldown.config.js';
import { ConfigError, readConfig } from '../../src/config/config.js';
import { ROLES } from '../../src/config/roles.js';
import { VARIABLES } from '../../src/config/sections.js';
import { readSettings } from '../../src/dev/sandbox/settings.js';

type Variables = Record<string, string | undefined>;

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly build?: string | { readonly target: string };
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly deploy?: { readonly replicas: number };
  readonly restart?: string;
  readonly init?: boolean;
  readonly stop_grace_period?: string;
}

const COMPOSE_TEXT = readFileSync('docker-compose.yml', 'utf8');
const DOCKERFILE = readFileSync('Dockerfile', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { 'start:prod': string } };
const START_PROD = scripts['start:prod'].replace('exec ', '');
const { services } = parse(COMPOSE_TEXT, { merge: true }) as { services: Record<string, Service> };
const SECRETS: Variables = { AUTH_JWT_SECRET: 'an example that has 32 bytes or more' };
const ONE_SHOTS = ['check-settings', 'migrate', 'seed', 'token'];
const DEVELOPMENT = 'order-system-development';

/** Whether Docker's own parser can check the file, for which no engine has to run. */
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** Replaces ${NAME:-default} and ${NAME-default}, the forms that the file uses, as Compose does. */
function interpolate(text: string, variables: Variables): string {
  const replaced = text.replace(
    /\$\{(\w+)(:?)-([^}]*)\}/g,
    (_match, name: string, colon: string, fallback: string) => {
      const value = variables[name];
      return value === undefined || (colon !== '' && value === '') ? fallback : value;
    },
  );
  if (replaced.includes('$')) throw new Error(`This test can't replace all of ${text}`);
  return replaced;
}

/** The environment of the container's process. */
function environmentOf(name: string, variables: Variables): Variables {
  const entries = Object.entries(service(name).environment ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value === null ? variables[key] : interpolate(value, variables)]),
  );
}

/** The names of environment variables among the strings of a source file. */
function namesIn(path: string): Set<string> {
  return new Set(readFileSync(path, 'utf8').match(/(?<=')[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?=')/g));
}

/** The programs in dist/ that a service starts, without their extension. */
function programsOf({ command = [], entrypoint = [] }: Service): string[] {
  const text = [...entrypoint, ...command].join('\n');
  return [...text.matchAll(/\bdist\/([\w/-]+)\.js\b/g)].map(([, program = '']) => program);
}

describe(`docker-compose.yml${hasCompose ? '' : ' (content only: docker compose is not installed)'}`, () => {
  test.each([...ROLES, 'check-settings'])('%s has settings that readConfig accepts', (name) => {
    expect(readConfig(environmentOf(name, SECRETS)).payment).toMatchObject({
      secretKey: 'sk_test_sandbox',
      apiBase: 'http://sandbox:4010',
    });
  });

  test.each([...ROLES, 'check-settings'])('%s knows every variable that it is given', (name) => {
    const known = new Set(VARIABLES.map((variable) => variable.name));
    expect(Object.keys(service(name).environment ?? {}).filter((key) => !known.has(key))).toEqual([]);
  });

  test('without a secret, the settings are refused with a line that names the variable', () => {
    expect(() => readConfig(environmentOf('check-settings', {}))).toThrow(ConfigError);
    expect(() => readConfig(environmentOf('check-settings', {}))).toThrow('AUTH_JWT_SECRET');
  });

  test('redis alone starts without any secret, although Compose interpolates the whole file', () => {
    expect(COMPOSE_TEXT.replace(/#.*/g, '')).not.toMatch(/\$\{\w+:?\?/);
    expect(service('redis').depends_on).toBeUndefined();
    expect(service('redis').ports).toEqual(['127.0.0.1:6379:6379']);
  });

  test('an empty STRIPE_API_BASE means Stripe itself', () => {
    const variables = { ...SECRETS, STRIPE_API_BASE: '', STRIPE_SECRET_KEY: 'sk_test_of_an_account' };
    expect(readConfig(environmentOf('worker', variables)).payment).toMatchObject({
      apiBase: undefined,
      secretKey: 'sk_test_of_an_account',
    });
  });

  test('every role is one service, with two replicas of relay and of worker', () => {
    const roles = Object.keys(services).flatMap((name) => environmentOf(name, SECRETS)['ROLE'] ?? []);
    expect(roles.toSorted()).toEqual([...ROLES].toSorted());
    expect(ROLES.map((role) => service(role).deploy?.replicas ?? 1)).toEqual([1, 2, 2]);
  });

  test('the database is migrated before a role starts, and the settings are checked before that', () => {
    const completed = { condition: 'service_completed_successfully' };
    for (const role of ROLES) {
      expect(service(role).depends_on).toMatchObject({ migrate: completed, 'check-settings': completed });
    }
    expect(service('migrate').depends_on).toMatchObject({
      'check-settings': completed,
      postgres: { condition: 'service_healthy' },
    });
    // Without this, `up --wait` takes a service that has exited for one that failed.
    expect(service('api').depends_on).toMatchObject({ seed: completed });
  });

  test('a role receives the signal to stop, and has time to stop gracefully', () => {
    for (const role of ROLES) {
      const { drainDelayMs, shutdownGraceMs } = readConfig(environmentOf(role, SECRETS)).http;
      const grace = /^(\d+)s$/.exec(service(role).stop_grace_period ?? '')?.[1];
      expect(Number(grace) * 1_000).toBeGreaterThan(drainDelayMs + shutdownGraceMs);
      expect(service(role)).toMatchObject({ init: true, restart: 'unless-stopped' });
      expect(service(role).command).toBeUndefined();
    }
  });

  test('every long-running service has a health check and a restart policy', () => {
    const lasting = Object.keys(services).filter((name) => !ONE_SHOTS.includes(name));
    expect(lasting.toSorted()).toEqual(['api', 'postgres', 'redis', 'relay', 'sandbox', 'worker']);
    for (const name of lasting) {
      expect(service(name).healthcheck?.test).toBeDefined();
      expect(service(name).restart).toBe('unless-stopped');
    }
    for (const role of ROLES) expect(service(role).healthcheck?.test?.join(' ')).toContain('/health/ready');
  });

  test('redis keeps an append-only file and evicts nothing', () => {
    const command = service('redis').command?.join(' ');
    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(service('redis').volumes).toEqual(['redis-data:/data']);
  });

  test('postgres keeps its data in the volume, at the path of its version, and is the server in DATABASE_URL', () => {
    expect(service('postgres').image).toMatch(/^postgres:18/);
    expect(service('postgres').volumes).toEqual(['postgres-data:/var/lib/postgresql']);
    const variables = { ...SECRETS, POSTGRES_PASSWORD: 'another' };
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = environmentOf('postgres', variables);
    const url = `postgres://${POSTGRES_USER ?? ''}:${POSTGRES_PASSWORD ?? ''}@postgres:5432/${POSTGRES_DB ?? ''}`;
    for (const name of [...ROLES, 'migrate', 'seed'])
      expect(environmentOf(name, variables)['DATABASE_URL']).toBe(url);
  });

  test('the sandbox accepts its settings, listens where the roles call it, and keeps its ledger', () => {
    const environment = environmentOf('sandbox', SECRETS);
    const { options, problems } = readSettings(environment);
    expect(problems).toEqual([]);
    const known = namesIn('src/dev/sandbox/settings.ts');
    expect(Object.keys(environment).filter((key) => !known.has(key))).toEqual([]);
    expect(options).toMatchObject({ host: '0.0.0.0', port: 4010 });
    expect(service('sandbox').ports).toEqual([`${new URL(options.publicUrl ?? '').host}:${options.port}`]);
    expect(options.webhookUrl).toBe('http://api:4000/webhooks/stripe');
    expect(options.webhookSecret).toBe(readConfig(environmentOf('api', SECRETS)).webhook.secret);
    expect(service('sandbox').volumes).toEqual([`sandbox-data:${options.dataDirectory}`]);
  });

  test('ports are published on the loopback interface only', () => {
    const ports = Object.values(services).flatMap((each) => each.ports ?? []);
    expect(ports.toSorted()).toEqual(['127.0.0.1:4000:4000', '127.0.0.1:4010:4010', '127.0.0.1:6379:6379']);
  });

  if (hasCompose) {
    test.each([SECRETS, {}])(
      'docker compose config accepts the file, with and without secrets',
      (variables) => {
        const env = { ...process.env, ...variables };
        expect(spawnSync('docker', ['compose', 'config', '--quiet'], { env }).status).toBe(0);
      },
    );
  }
});

describe('Dockerfile', () => {
  const sources = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].map(([, text = '']) => text);
  const copied = [...new Set(sources.flatMap((text) => text.split(' ')))];

  test('copies only files that exist, and .dockerignore lets exactly these through', () => {
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    const [first, ...rest] = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(rest.toSorted()).toEqual(copied.map((path) => `!${path}`).toSorted());
  });

  test('starts the image with the command of npm run start:prod', () => {
    expect(DOCKERFILE).toContain(`CMD ${JSON.stringify(START_PROD.split(' ')).replaceAll(',', ', ')}`);
  });

  test('each service starts a program that the build makes and its image contains', () => {
    const started = Object.entries(services).flatMap(([name, each]) =>
      programsOf(each).map((program) => ({ name, program, image: each.image })),
    );
    expect(started.map(({ program }) => program).toSorted()).toEqual([
      'check-settings',
      'dev/sandbox',
      'dev/seed',
      'dev/token',
      'migrate',
    ]);
    for (const { program, image } of started) {
      expect(Object.keys(PROGRAMS)).toContain(program);
      expect(image).toBe(program.startsWith('dev/') ? DEVELOPMENT : 'order-system');
    }
  });

  test('the image of the roles has no development tools; only services of the demo are built with them', () => {
    expect(DOCKERFILE).toContain('mv dist/dev development');
    expect(DOCKERFILE.trimEnd()).toMatch(/\nFROM runtime$/);
    expect(service('check-settings').build).toBe('.');
    expect(service('seed').build).toMatchObject({ target: 'development' });
  });
});
