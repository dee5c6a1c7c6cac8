import { expect, jest, test } from '@jest/globals';
import { buildSchema, type GraphQLError, parse } from 'graphql';
import { readFileSync } from 'node:fs';
import type { OperationLimits } from '../../src/graphql/limits/operation-limits.js';
import { documentPoints } from '../../src/graphql/limits/operation-limits.js';
import { ValidDocuments } from '../../src/graphql/limits/valid-documents.js';
import { readConfig } from '../../src/config/config.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const config = readConfig({ DATABASE_URL: 'postgres://localhost/d', REDIS_URL: 'redis://localhost' });
const { tokenLimit, maxFragments } = config.graphql;
const WHO = { caller: undefined, address: '127.0.0.1' };
const ROUNDS = 2;

const copies = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
/** As many copies as the tokens allow. */
function filled(text: (count: number) => string): string {
  const tokens = (count: number) => parse(text(count)).tokenCount ?? 0;
  // Each copy has as many as the next one.
  const perCopy = (tokens(101) - tokens(1)) / 100;
  let count = 1 + Math.floor((tokenLimit - tokens(1)) / perCopy);
  while (tokens(count) > tokenLimit) count -= 1;
  return text(count);
}
const chain = (count: number, fields: (index: number) => string, type = 'Query') =>
  copies(count, (i) => `fragment f${i} on ${type}{${fields(i)}${i < count - 1 ? ` ...f${i + 1}` : ''}}`);

const ORDINARY = `query Page($first: Int!, $after: String) {
  orders(first: $first, after: $after) {
    edges { cursor node { id status version createdAt total { amount currency }
      items { sku name quantity unitPrice { amount currency } lineTotal { amount currency } }
      events { version type status occurredAt } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** The most expensive of each kind that a random search found, and what the limits refuse. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'an ordinary page of orders': ORDINARY,
  'one field repeated': filled(
    (n) => `{order(id:1){${copies(n, () => 'events{order{events{order{id}}}}')}}}`,
  ),
  'one field with arguments': filled((n) => `{${copies(n, () => 'orders(first:1,after:"x"){totalCount}')}}`),
  'fields that conflict deep inside': filled(
    (n) => `{order(id:1){${copies(n, (i) => `events{order{a:${i % 2 === 0 ? 'id' : 'status'}}}`)}}}`,
  ),
  'a chain of fragments': filled(
    (n) =>
      `{...f0} ${chain(maxFragments, () => copies(Math.ceil(n / maxFragments), (j) => `a${j}:__typename`))}`,
  ),
  'fragments within fields': filled(
    (n) =>
      `{order(id:1){${copies(n, (i) => `events{order{${copies(5, (k) => `...f${(i + k) % maxFragments}`)} id}}`)}}} ${chain(maxFragments, () => 'id events{order{id}}', 'Order')}`,
  ),
  'operations that share fragments': filled(
    (n) =>
      `${copies(Math.ceil(n / 16), (i) => `query q${i}($v:ID!){...f0}`)} ${chain(maxFragments, () => copies(Math.ceil(n / maxFragments), (j) => `a${j}:order(id:$v){id}`))}`,
  ),
  operations: filled((n) => copies(n, (i) => `query q${i}{__typename}`)),
  directives: filled((n) => `{${copies(n, () => '__typename @skip(if:true) @include(if:true)')}}`),
  'inline fragments within each other': filled(
    (n) => `{${'__typename ...{'.repeat(n)}__typename${'}'.repeat(n)}}`,
  ),
  variables: filled(
    (n) => `query(${copies(n, (i) => `$v${i}:ID!`)}){${copies(n, (i) => `a${i}:order(id:$v${i}){id}`)}}`,
  ),
  'a long list': filled((n) => `{orders(status:[${copies(n, () => 'PENDING')}]){totalCount}}`),
  introspection: filled((n) => `{__schema{types{${copies(n, () => 'fields{type{name}}')}}}}`),
  'unknown fields with long names': `{${copies(100, (i) => `ordersByIdempotencyKe${'y'.repeat(900)}${i}`)}}`,
  comments: `{__typename}${'#\n'.repeat(48_000)}`,
  'a chain of 430 fragments': `{...f0} ${chain(430, () => '__typename')}`,
};

/** The least CPU time of some rounds, each with another comment, and the outcome of the last one. */
async function measure(text: string) {
  const consumeForDocument = jest.fn<OperationLimits['consumeForDocument']>(async () => undefined);
  const documents = new ValidDocuments({ consumeForDocument } as unknown as OperationLimits, config);
  let cpuMs = Infinity;
  let outcome = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    const read = await documents
      .read(WHO, schema, `# ${round}\n${text}`)
      .catch((error: unknown) => [error as GraphQLError]);
    const { user, system } = process.cpuUsage(before);
    cpuMs = Math.min(cpuMs, (user + system) / 1_000);
    outcome = 'definitions' in read ? 'valid' : (read[0]?.message.slice(0, 60) ?? '');
  }
  return { cpuMs, outcome, consumed: consumeForDocument.mock.calls.map(([, consumedFor]) => consumedFor) };
}

test('the most expensive documents consume points for a tenth of their length, each time they are validated', async () => {
  const lines: string[] = [];
  for (const [name, text] of Object.entries(DOCUMENTS)) {
    const { cpuMs, outcome, consumed } = await measure(text);
    const points = documentPoints(`# 0\n${text}`);
    lines.push(
      `${cpuMs.toFixed(2).padStart(7)} ms ${String(points).padStart(6)} points ${((1_000 * cpuMs) / points).toFixed(1).padStart(6)} µs a point  ${name} (${text.length} characters): ${outcome}`,
    );
    // Each time, as another comment defeats every cache.
    expect(points).toBeGreaterThanOrEqual(text.length / 10);
    if (!outcome.startsWith('The document has 430 fragments'))
      expect(consumed).toEqual(Array.from({ length: ROUNDS }, (_, round) => `# ${round}\n${text}`));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
});

test('a cached document is not validated again and consumes no points', async () => {
  const consumeForDocument = jest.fn<OperationLimits['consumeForDocument']>(async () => undefined);
  const documents = new ValidDocuments({ consumeForDocument } as unknown as OperationLimits, config);
  const first = await documents.read(WHO, schema, ORDINARY);
  expect(await documents.read(WHO, schema, ORDINARY)).toBe(first);
  expect(consumeForDocument).toHaveBeenCalledTimes(1);
});
