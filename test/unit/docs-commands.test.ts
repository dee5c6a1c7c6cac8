import { describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { readConfig } from '../../src/config/config.js';
import { readFaultRequest } from '../../src/dev/sandbox/faults/fault-request.js';
import { isTargetId } from '../bench/targets.js';
import { readOptions } from '../drills/options.js';
import { commandsIn, readDocuments } from '../support/markdown.js';

const CI = '.ci/run';
/** What runs each command of the docs. */
const TRIED_BY: readonly (readonly [command: RegExp, file: string])[] = [
  [/^npm ci$/, CI],
  [/^npm start$/, 'test/system/start-command.test.ts'],
  [/^npm run build$/, 'test/system/image.test.ts'],
  [/^npm run migrate$/, 'test/system/image.test.ts'],
  [/^npm run start:prod$/, 'test/system/commands.test.ts'],
  [/^npm run reconcile -- /, 'test/reconcile/reconcile-command.test.ts'],
  [/^npm run --silent token -- /, 'test/system/commands.test.ts'],
  [/^npm run check$/, CI],
  [/^npm test( -- \S+)?$/, CI],
  [/^npm run test:unit$/, 'test/unit/docs-commands.test.ts'],
  [/^npm run faults( -- .+)?$/, CI],
  [/^npm run bench( -- .+)?$/, 'test/unit/docs-commands.test.ts'],
  [/^export AUTH_JWT_SECRET=/, 'test/unit/docker-compose.test.ts'],
  [/^docker compose /, 'test/unit/docker-compose.test.ts'],
  [/^export REDISCLI_AUTH=/, 'test/system/least-privilege.test.ts'],
  [/^redis-cli /, 'test/system/least-privilege.test.ts'],
  [/^curl /, 'test/tools/sandbox-control-access.test.ts'],
];

/** npm's own commands, not scripts of this project. */
const NPM_COMMANDS = ['audit', 'ci'];
/** The placeholder for a reader's own value. */
const ELLIPSIS = '…';
const EXAMPLES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://orders_app@127.0.0.1/orders',
  REDIS_URL: 'redis://127.0.0.1',
  STRIPE_SECRET_KEY: 'sk_test_example',
  STRIPE_WEBHOOK_SECRET: 'whsec_example',
  AUTH_JWKS_URL: 'https://issuer.example/keys',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'orders',
};

const documents = readDocuments();
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const commands = documents.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => commandsIn(text).map((each) => ({ path, ...each }))),
);

/** The words after `npm run name --` of each such command in the docs. */
function parametersOf(name: string): string[][] {
  return commands
    .map(({ command }) => command)
    .filter((command) => command.startsWith(`npm run ${name} -- `))
    .map((command) => command.replace(`npm run ${name} -- `, '').split(' '));
}

describe('a command in the docs', () => {
  test('is run by a test or by CI', () => {
    const untried = commands.filter(({ command }) => !TRIED_BY.some(([pattern]) => pattern.test(command)));
    expect(untried).toEqual([]);
  });

  test.each(TRIED_BY)('matches %s, and %s, which runs it, exists', (pattern, file) => {
    expect(commands.some(({ command }) => pattern.test(command))).toBe(true);
    expect(existsSync(file)).toBe(true);
  });

  test.each(TRIED_BY.filter(([, file]) => file === CI))('that matches %s is run by %s', (pattern, file) => {
    expect(
      readFileSync(file, 'utf8')
        .split('\n')
        .some((line) => pattern.test(line)),
    ).toBe(true);
  });

  test.each(documents)('that begins with npm names a script of package.json, in $path', ({ lines }) => {
    const text = lines.join('\n');
    const named = [
      ...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test|ci|audit|install))\b/g),
    ];
    const names = named.flatMap(([, script, command]) => script ?? command ?? []);
    expect(names.filter((name) => !(name in scripts) && !NPM_COMMANDS.includes(name))).toEqual([]);
  });

  test('that starts a production process sets all variables that it needs', () => {
    const starts = commands.filter(({ command }) => command === 'npm run start:prod');
    expect(starts.length).toBeGreaterThanOrEqual(4);
    for (const { variables } of starts) {
      const settings = Object.fromEntries(
        [...variables].map(([name, value]) => [name, value === ELLIPSIS ? EXAMPLES[name] : value]),
      );
      expect(() => readConfig({ NODE_ENV: 'production', ...settings })).not.toThrow();
    }
  });

  test('gives the drills options that they accept', () => {
    const given = parametersOf('faults');
    expect(given.length).toBeGreaterThanOrEqual(4);
    for (const parameters of given) expect(() => readOptions(parameters)).not.toThrow();
  });

  test('names benchmarks that exist', () => {
    const given = parametersOf('bench').filter(([option]) => option === '--only');
    expect(given.length).toBeGreaterThanOrEqual(1);
    for (const [, ids = ''] of given) expect(ids.split(',').filter((id) => !isTargetId(id))).toEqual([]);
  });

  test('runs test files that exist', () => {
    const files = commands.flatMap(({ command }) => /^npm test -- (\S+)$/.exec(command)?.[1] ?? []);
    expect(files.length).toBeGreaterThanOrEqual(1);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  test('asks the sandbox for faults that it accepts', () => {
    const bodies = commands.flatMap(({ command }) => /^curl .* -d '([^']+)'/.exec(command)?.[1] ?? []);
    expect(bodies.length).toBeGreaterThanOrEqual(1);
    for (const body of bodies) expect(readFaultRequest(JSON.parse(body))).toEqual(JSON.parse(body));
  });
});
