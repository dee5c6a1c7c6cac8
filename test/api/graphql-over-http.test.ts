import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { gzipSync } from 'node:zlib';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { RawConnection } from '../support/raw-connection.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows } from './orders-support.js';

const QUERY = JSON.stringify({ query: '{ __typename }' });
const JSON_TYPE = { 'content-type': 'application/json' };
/** The SHOULDs of GraphQL over HTTP that this API does not follow; docs/api.md says why. */
const SHOULDS_NOT_FOLLOWED = [
  'SHOULD use 200 status code on document parsing failure when accepting application/json',
  'SHOULD use 200 status code on document validation failure when accepting application/json',
  'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
];

let system: TestSystem;
let url: string;
let authorization: string;

beforeAll(async () => {
  system = await setup({ ROLE: 'api' });
  ({ url } = await system.start());
  authorization = `Bearer ${await system.token('alice')}`;
});

afterAll(() => system.close());

const post = async (body: string | Buffer | null, headers: Record<string, string> = JSON_TYPE) =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { authorization, ...headers }, body });

const get = async (parameters: Record<string, string>, headers: Record<string, string> = { authorization }) =>
  fetch(`${url}/graphql?${new URLSearchParams(parameters).toString()}`, { headers });

/** Checks that a refused request gets exactly one GraphQL error. */
async function refusalOf(response: Response) {
  const { status, headers } = response;
  expect(headers.get('content-type')).toMatch(/^application\/json; *charset=utf-8$/);
  const text = await response.text();
  expect(text).not.toMatch(/stack|node_modules|\bat \w+.*\(/);
  const answer = JSON.parse(text) as { errors: { message: string; extensions: object }[] };
  expect(answer).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] });
  return { status, message: answer.errors[0]?.message ?? '' };
}

describe('the audits of graphql-http', () => {
  test('pass, except for three SHOULDs', async () => {
    const audits = serverAudits({
      url: `${url}/graphql`,
      fetchFn: async (input: string, init: RequestInit = {}) =>
        fetch(input, { ...init, headers: { authorization, ...(init.headers as object) } }),
    });
    const results = await Promise.all(audits.map(({ fn }) => fn()));
    const failed = results.filter(({ status }) => status !== 'ok').map(({ name }) => name);
    expect(failed.filter((name) => !name.startsWith('MAY')).sort()).toEqual(SHOULDS_NOT_FOLLOWED.toSorted());
    expect(failed.filter((name) => name.startsWith('MAY'))).toEqual([]);
    expect(results.length).toBeGreaterThan(50);
  });
});

describe('a query by GET', () => {
  const ORDERS = 'query ($n: Int) { orders(first: $n) { totalCount } }';

  test('with a token is answered', async () => {
    const response = await get({ query: ORDERS, variables: '{"n":1}' });
    expect([response.status, await response.json()]).toEqual([200, { data: { orders: { totalCount: 0 } } }]);
  });

  test('without a token or a preflight header is refused with 400', async () => {
    expect(await refusalOf(await get({ query: ORDERS }, {}))).toMatchObject({ status: 400 });
    expect(await refusalOf(await get({ query: ORDERS }, { authorization: '' }))).toMatchObject({
      status: 400,
    });
  });

  test('cannot run a mutation', async () => {
    const before = await countRows(system.sql);
    const variables = JSON.stringify({ input: orderInput() });
    const response = await get({ query: CreateOrderDocument.toString(), variables });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await countRows(system.sql)).toEqual(before);
  });
});

describe('a request to /graphql that is not a GraphQL request', () => {
  test.each<[string, number, string | null, Record<string, string>]>([
    ['no body', 400, '', JSON_TYPE],
    ['no body and no type', 400, null, {}],
    ['a body that is not JSON', 400, 'not json 4242424242424242', JSON_TYPE],
    ['truncated JSON', 400, '{"query":', JSON_TYPE],
    ['a list', 400, '[]', JSON_TYPE],
    ['a list of requests', 400, `[${QUERY},${QUERY}]`, JSON_TYPE],
    ['a number', 400, '1', JSON_TYPE],
    ['text', 400, '"{ __typename }"', JSON_TYPE],
    ['null', 400, 'null', JSON_TYPE],
    ['an empty object', 400, '{}', JSON_TYPE],
    ['a __proto__ key', 400, '{"query":"{ __typename }","__proto__":{"x":1}}', JSON_TYPE],
    ['plain text', 415, QUERY, { 'content-type': 'text/plain' }],
    ['a form', 415, 'query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a multipart form', 415, QUERY, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['GraphQL itself', 415, '{ __typename }', { 'content-type': 'application/graphql' }],
    ['application/json-seq', 415, QUERY, { 'content-type': 'application/json-seq' }],
    [
      'a body that is too long',
      413,
      JSON.stringify({ query: `{ __typename }${' '.repeat(200_000)}` }),
      JSON_TYPE,
    ],
  ])('gets one GraphQL error: %s (%d)', async (_, status, body, headers) => {
    const refused = await refusalOf(await post(body, headers));
    expect(refused.status).toBe(status);
    expect(refused.message).not.toContain('4242');
  });

  test('gets one GraphQL error for a compressed body (415), with the accepted encoding', async () => {
    const response = await post(gzipSync(QUERY), { ...JSON_TYPE, 'content-encoding': 'gzip' });
    expect(response.headers.get('accept-encoding')).toBe('identity');
    expect(await refusalOf(response)).toMatchObject({ status: 415 });
    const plain = await post(QUERY, { ...JSON_TYPE, 'content-encoding': 'identity' });
    expect(plain.status).toBe(200);
  });

  test('gets one GraphQL error for an invalid Host header (400)', async () => {
    const connection = await RawConnection.open(url);
    const head = ['POST /graphql HTTP/1.1', 'host: [', 'content-type: application/json', 'connection: close'];
    connection.send(...head, `content-length: ${QUERY.length}`, '', QUERY);
    await connection.closed();
    expect(connection.statuses).toEqual([400]);
    expect(connection.received).toContain('"extensions":{"code":"BAD_REQUEST"}');
  });

  test('writes nothing, with or without a token', async () => {
    const before = await countRows(system.sql);
    const body = JSON.stringify({
      query: CreateOrderDocument.toString(),
      variables: { input: orderInput() },
    });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      expect((await post(body, { 'content-type': type })).status).toBe(415);
      const without = { method: 'POST', headers: { 'content-type': type }, body };
      expect((await fetch(`${url}/graphql`, without)).status).toBe(415);
    }
    expect(await countRows(system.sql)).toEqual(before);
  });

  test('does not include JSON declared as UTF-8, which is accepted', async () => {
    const response = await post(QUERY, { 'content-type': 'Application/JSON; charset=UTF-8' });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
