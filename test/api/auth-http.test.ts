import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import { OrdersDocument, UpsertProductDocument } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';

const SECRET = 'the secret that this file signs with';
const FUTURE = () => Math.floor(Date.now() / 1_000) + 600;
const PAST = () => Math.floor(Date.now() / 1_000) - 60;

function sign(claims: JWTPayload, secret = SECRET, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

const good = (): JWTPayload => ({ sub: 'alice', exp: FUTURE() });

describe('tokens over HTTP', () => {
  let system: TestSystem;
  let url: string;
  /** An API that checks the issuer and the audience, too. */
  let strictUrl: string;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', AUTH_JWT_SECRET: SECRET });
    ({ url } = await system.start());
    ({ url: strictUrl } = await system.start({ AUTH_ISSUER: 'https://issuer', AUTH_AUDIENCE: 'orders' }));
  });

  afterAll(async () => {
    await system.close();
  });

  async function ask(authorization: string | undefined, to = url): Promise<GraphQLAnswer<unknown>> {
    const response = await fetch(`${to}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify({ query: OrdersDocument.toString() }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  }

  async function expectRefused(authorization: string | undefined, to = url): Promise<void> {
    const { data, errors } = await ask(authorization, to);
    expect(data ?? null).toBeNull();
    expect(errors).toEqual([
      {
        message: 'A valid token is required.',
        path: ['orders'],
        locations: expect.any(Array),
        extensions: { code: 'UNAUTHENTICATED' },
      },
    ]);
  }

  async function expectAdmitted(authorization: string, to = url): Promise<void> {
    expect(await ask(authorization, to)).toMatchObject({ data: { orders: { totalCount: 0 } } });
  }

  test.each<[string, () => Promise<string | undefined> | string | undefined]>([
    ['no header', () => undefined],
    ['an empty header', () => ''],
    ['a scheme without a token', () => 'Bearer '],
    ['garbage', () => 'Bearer garbage'],
    ['garbage in three parts', () => 'Bearer a.b.c'],
    ['another scheme', async () => `Basic ${await sign(good())}`],
    ['a token without a scheme', async () => sign(good())],
    ['text after the token', async () => `Bearer ${await sign(good())} x`],
    ['an expired token', async () => `Bearer ${await sign({ ...good(), exp: PAST() })}`],
    ['a token that is not valid yet', async () => `Bearer ${await sign({ ...good(), nbf: FUTURE() })}`],
    ['a token signed with another secret', async () => `Bearer ${await sign(good(), `${SECRET}?`)}`],
    ['an unsigned token', () => `Bearer ${new UnsecuredJWT(good()).encode()}`],
    ['another algorithm', async () => `Bearer ${await sign(good(), SECRET.repeat(2), 'HS512')}`],
    ['HS384 with the right secret', async () => `Bearer ${await sign(good(), SECRET, 'HS384')}`],
    ['no exp', async () => `Bearer ${await sign({ sub: 'alice' })}`],
    [
      'an exp that is text',
      async () => `Bearer ${await sign({ ...good(), exp: 'never' as unknown as number })}`,
    ],
    ['no sub', async () => `Bearer ${await sign({ exp: FUTURE() })}`],
    ['an empty sub', async () => `Bearer ${await sign({ ...good(), sub: '' })}`],
    ['a sub of 129 characters', async () => `Bearer ${await sign({ ...good(), sub: 'a'.repeat(129) })}`],
    ['a sub with a line feed', async () => `Bearer ${await sign({ ...good(), sub: 'ali\nce' })}`],
    ['a sub with a NUL', async () => `Bearer ${await sign({ ...good(), sub: 'alice\0' })}`],
    [
      'a sub that is a number',
      async () => `Bearer ${await sign({ ...good(), sub: 7 as unknown as string })}`,
    ],
    ['a sub that is a list', async () => `Bearer ${await sign({ ...good(), sub: ['alice'] as never })}`],
  ])('are refused for %s, always with the same answer', async (_, header) => {
    await expectRefused(await header());
  });

  test('are refused where a claim or the header was changed after signing', async () => {
    const [header = '', payload = '', signature = ''] = (await sign(good())).split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    await expectRefused(`Bearer ${header}.${encode({ ...good(), roles: ['operator'] })}.${signature}`);
    await expectRefused(`Bearer ${encode({ alg: 'none' })}.${payload}.${signature}`);
    await expectRefused(`Bearer ${encode({ alg: 'none' })}.${payload}.`);
    await expectAdmitted(`Bearer ${header}.${payload}.${signature}`);
  });

  test.each([
    'alice',
    'a',
    'a'.repeat(128),
    'kundin-äöü',
    'Ann Example',
    'auth0|5f7c8ec7c33c6c004bbafe82',
    '🙂'.repeat(128),
  ])('are accepted with the sub %j', async (sub) => {
    await expectAdmitted(`Bearer ${await sign({ ...good(), sub })}`);
  });

  test('are accepted with the scheme in lower case', async () => {
    await expectAdmitted(`bearer ${await sign(good())}`);
  });

  test('are refused where a request has two, in either order', async () => {
    const right = `Bearer ${await sign(good())}`;
    const askWith = async (authorization: string[]) =>
      new Promise<string>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', Authorization: authorization };
        request(`${url}/graphql`, { method: 'POST', headers }, (response) => {
          text(response).then(resolve, reject);
        })
          .on('error', reject)
          .end(JSON.stringify({ query: '{ orders { totalCount } }' }));
      });
    const others = [right, 'Bearer garbage', `Bearer ${await sign({ ...good(), sub: 'bob' })}`, ''];
    for (const pair of others.flatMap((other) => [
      [right, other],
      [other, right],
    ])) {
      expect(JSON.parse(await askWith(pair))).toMatchObject({
        data: null,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
    expect(JSON.parse(await askWith([right]))).toEqual({ data: { orders: { totalCount: 0 } } });
  });

  test('must match the issuer and the audience where these are set', async () => {
    const right = { ...good(), iss: 'https://issuer', aud: 'orders' };
    await expectAdmitted(`Bearer ${await sign(right)}`, strictUrl);
    await expectAdmitted(`Bearer ${await sign({ ...right, aud: ['others', 'orders'] })}`, strictUrl);
    await expectAdmitted(`Bearer ${await sign({ ...right, iss: 'https://other', aud: 'others' })}`);
    for (const claims of [
      { ...good(), iss: right.iss },
      { ...good(), aud: right.aud },
      { ...right, iss: 'https://issuer/' },
      { ...right, aud: 'others' },
      { ...right, aud: [] },
    ]) {
      await expectRefused(`Bearer ${await sign(claims)}`, strictUrl);
    }
  });

  test.each<[unknown, boolean]>([
    [['operator'], true],
    [['support', 'operator'], true],
    [undefined, false],
    [null, false],
    [[], false],
    ['operator', false],
    [{ operator: true }, false],
    [['OPERATOR'], false],
    [[['operator']], false],
    [['operators'], false],
  ])('with the roles %j make an operator: %s', async (roles, operator) => {
    const client = new ApiClient(url, await sign({ ...good(), roles }));
    const input = { sku: 'tea', name: 'Tea', price: { amount: 1, currency: 'EUR' } };
    const { data, errors } = await client.execute(UpsertProductDocument, { input });
    if (operator) expect(data).toMatchObject({ upsertProduct: { sku: 'tea' } });
    else expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
