import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type FastifyInstance, fastify } from 'fastify';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requestPath } from '../../src/http/request-path.js';

const PATH = '/graphql';

const percent = (character: string) => `%${character.charCodeAt(0).toString(16)}`;
/** The characters of /graphql, some percent-encoded or in upper case, followed by separators. */
const spelledPath = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: PATH.length, maxLength: PATH.length }),
    fc.constantFrom('', '', '/', '//', '%2F', 'x', ';a=b', '%', '%zz', '%25', '%C3', '%00'),
    fc.constantFrom('', '', '?', '?a=/graphql', '?%zz', '#', '#?', '?#', '#/graphql'),
  )
  .map(([forms, after, rest]) => {
    const path = Array.from(PATH, (character, index) =>
      forms[index] === 0 ? percent(character) : forms[index] === 1 ? character.toUpperCase() : character,
    );
    return path.join('') + after + rest;
  });
/** Mostly spellings that the router takes as /graphql. */
const plainPath = fc
  .tuple(
    fc.array(fc.boolean(), { minLength: PATH.length, maxLength: PATH.length }),
    fc.constantFrom('', '', '?', '?a=b', '#', '#a?b', ';a', '/', '/?a'),
  )
  .map(([encoded, rest]) => {
    const path = Array.from(PATH, (character, index) =>
      encoded[index] === true && index > 0 ? percent(character) : character,
    );
    return path.join('') + rest;
  });
const origin = fc.constantFrom(
  '',
  '',
  '',
  '/',
  '/.',
  'http://host',
  'HTTPS://user@host:1',
  'http://',
  'ws://host',
);
const target = fc.tuple(origin, fc.oneof(plainPath, spelledPath)).map(([before, path]) => before + path);

describe('the path of a request target', () => {
  let server: FastifyInstance;
  let port: number;

  beforeAll(async () => {
    server = fastify();
    server.get(PATH, async () => '');
    await server.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = server.server.address() as AddressInfo);
  });

  afterAll(async () => {
    await server.close();
  });

  /** Sent unchanged, while fetch() normalizes URLs. */
  const statusOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      get({ agent: false, host: '127.0.0.1', port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });

  test('is /graphql exactly where the router takes the target as /graphql', async () => {
    const targets = fc.sample(target, { numRuns: 2_000, seed: 14 });
    const statuses: (number | undefined)[] = [];
    for (const text of targets) statuses.push(await statusOf(text));
    const wrong = targets.filter((text, index) => (requestPath(text) === PATH) !== (statuses[index] === 200));
    expect(wrong).toEqual([]);
    const found = statuses.filter((status) => status === 200).length;
    expect([found > 300, found < targets.length - 300]).toEqual([true, true]);
  });

  test.each<[string, string]>([
    ['/%67raphql', '/graphql'],
    ['/graphql#', '/graphql'],
    ['/graphql?query=%zz', '/graphql'],
    ['http://host/graphql', '/graphql'],
    ['HTTP://user@host:80/%67raphql?a', '/graphql'],
    ['/graphql;a=b', '/graphql;a=b'],
    ['//graphql', '//graphql'],
    ['/graphql/', '/graphql/'],
    ['/%zz', ''],
    ['*', ''],
    ['http://host', ''],
    ['http://host#/graphql', ''],
  ])('of %s is "%s"', (text, path) => {
    expect(requestPath(text)).toBe(path);
  });
});
