import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { Authenticator } from '../../src/auth/authenticator.js';
import { readConfig } from '../../src/config/config.js';

const SECRET = 'the secret that this file signs with';
const NOW_SECONDS = 1_800_000_000;
/** Only the clock is faked. */
const REAL = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...([
    'setImmediate',
    'clearImmediate',
    'setInterval',
    'clearInterval',
    'setTimeout',
    'clearTimeout',
  ] as const),
];

const PREVIOUS = 'the secret that was used before this one';
const DAY_SECONDS = 86_400;
const { auth } = readConfig({
  DATABASE_URL: 'postgresql://localhost/db',
  REDIS_URL: 'redis://localhost',
  AUTH_JWT_SECRET: SECRET,
});
const authenticator = new Authenticator({ auth });
const strict = new Authenticator({ auth: { ...auth, issuer: 'https://issuer', audience: 'orders' } });
const rotating = new Authenticator({
  auth: { ...auth, key: { kind: 'secret', secret: SECRET, previous: PREVIOUS } },
});

function sign(claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
  return new SignJWT({ sub: 'alice', exp: NOW_SECONDS + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(SECRET), { crit: { 'urn:known': true } });
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const isAdmitted = async (token: string, by = authenticator): Promise<boolean> =>
  (await by.authenticate(`Bearer ${token}`)) !== undefined;

describe('the authenticator', () => {
  beforeAll(() => {
    jest.useFakeTimers({ now: NOW_SECONDS * 1_000, doNotFake: REAL });
  });

  afterAll(() => {
    jest.useRealTimers();
  });

  test.each<[string, JWTPayload, boolean]>([
    ['expires in a second', { exp: NOW_SECONDS + 1 }, true],
    ['expired 4 s ago, within the leeway', { exp: NOW_SECONDS - 4 }, true],
    ['expired 5 s ago', { exp: NOW_SECONDS - 5 }, false],
    ['expired long ago', { exp: 0 }, false],
    ['expired before 1970', { exp: -NOW_SECONDS }, false],
    ['is valid from now on', { nbf: NOW_SECONDS }, true],
    ['is valid in 5 s, within the leeway', { nbf: NOW_SECONDS + 5 }, true],
    ['is valid in 6 s', { nbf: NOW_SECONDS + 6 }, false],
    ['expires in 30 days', { exp: NOW_SECONDS + 30 * DAY_SECONDS }, true],
    ['expires 5 s after 30 days, within the leeway', { exp: NOW_SECONDS + 30 * DAY_SECONDS + 5 }, true],
    ['expires 6 s after 30 days', { exp: NOW_SECONDS + 30 * DAY_SECONDS + 6 }, false],
    ['expires in the year 2286', { exp: 9_999_999_999 }, false],
    ['never expires', { exp: Number.MAX_VALUE }, false],
    ['has text as its nbf', { nbf: 'now' as unknown as number }, false],
    ['has null as its exp', { exp: null as unknown as number }, false],
  ])('checks exp and nbf of a token that %s', async (_, claims, admitted) => {
    expect(await isAdmitted(await sign(claims))).toBe(admitted);
  });

  test('returns when the token expires, without the leeway', async () => {
    expect(await authenticator.authenticate(`Bearer ${await sign({ exp: NOW_SECONDS + 60 })}`)).toEqual({
      customerId: 'alice',
      operator: false,
      expiresAtMs: (NOW_SECONDS + 60) * 1_000,
    });
  });

  test.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'Application/AT+jwt', undefined])(
    'accepts the typ %s',
    async (typ) => {
      expect(await isAdmitted(await sign({}, typ === undefined ? {} : { typ }))).toBe(true);
    },
  );

  test.each([
    'logout+jwt',
    'dpop+jwt',
    'secevent+jwt',
    'JWT ',
    'xjwt',
    'text/jwt',
    'at+jwt+x',
    'JOSE',
    '',
    null,
    7,
  ])('refuses the typ %j of another kind of token', async (typ) => {
    // The cast is for the compiler: a signed header may hold any type.
    expect(await isAdmitted(await sign({}, { typ: typ as string }))).toBe(false);
  });

  test('accepts tokens signed with the previous secret, under the same rules', async () => {
    const by = (secret: string, claims: JWTPayload = {}) =>
      new SignJWT({ sub: 'alice', exp: NOW_SECONDS + 60, ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(secret));
    expect(await isAdmitted(await by(SECRET), rotating)).toBe(true);
    expect(await isAdmitted(await by(PREVIOUS), rotating)).toBe(true);
    expect(await isAdmitted(await by(PREVIOUS), authenticator)).toBe(false);
    expect(await isAdmitted(await by(`${PREVIOUS}?`), rotating)).toBe(false);
    expect(await isAdmitted(await by(PREVIOUS, { exp: NOW_SECONDS - 60 }), rotating)).toBe(false);
    expect(await isAdmitted(await by(PREVIOUS, { sub: '' }), rotating)).toBe(false);
  });

  test('refuses a token that is valid for longer than maxTokenAgeMs', async () => {
    const brief = new Authenticator({ auth: { ...auth, maxTokenAgeMs: 3_600_000 } });
    expect(await isAdmitted(await sign({ exp: NOW_SECONDS + 3_600 }), brief)).toBe(true);
    expect(await isAdmitted(await sign({ exp: NOW_SECONDS + 3_606 }), brief)).toBe(false);
  });

  test('refuses a token with a crit header', async () => {
    expect(await isAdmitted(await sign({}, { crit: ['urn:known'], 'urn:known': 1 }))).toBe(false);
    expect(await isAdmitted(await sign({}, { 'urn:known': 1 }))).toBe(true);
  });

  test.each<[string, object, boolean]>([
    ['the audience in a list', { iss: 'https://issuer', aud: ['others', 'orders'] }, true],
    ['an audience with the same prefix', { iss: 'https://issuer', aud: ['orders-2', 'order'] }, false],
    ['an audience in a nested list', { iss: 'https://issuer', aud: [['orders']] }, false],
    ['an audience in another case', { iss: 'https://issuer', aud: 'Orders' }, false],
    ['the issuer in a list', { iss: ['https://issuer'], aud: 'orders' }, false],
    ['null for both', { iss: null, aud: null }, false],
  ])('with an issuer and an audience configured, checks %s', async (_, claims, admitted) => {
    expect(await isAdmitted(await sign(claims as JWTPayload), strict)).toBe(admitted);
  });

  test('accepts a token of 8,192 characters and refuses a longer one', async () => {
    const header = encode({ alg: 'HS256' }).length + 2 + 43;
    const claims = { sub: 'alice', exp: NOW_SECONDS + 60, padding: '' };
    // Three bytes of it are four characters of the token.
    const paddingOf = (length: number) =>
      'x'.repeat(Math.floor(((length - header) * 3) / 4) - JSON.stringify(claims).length);
    const longest = await sign({ padding: paddingOf(8_192) });
    const longer = await sign({ padding: `${paddingOf(8_192)}xx` });
    expect([longest.length <= 8_192, longer.length > 8_192]).toEqual([true, true]);
    expect(await isAdmitted(longest)).toBe(true);
    expect(await isAdmitted(longer)).toBe(false);
  });

  test.each<[string, (token: string) => unknown]>([
    ['a tab after the scheme', (token) => `Bearer\t${token}`],
    ['a tab after the token', (token) => `Bearer ${token}\t`],
    ['a line feed', (token) => `Bearer ${token}\n`],
    ['a space before the scheme', (token) => ` Bearer ${token}`],
    ['two tokens', (token) => `Bearer ${token}, Bearer ${token}`],
    ['no space', (token) => `Bearer${token}`],
    ['a list', (token) => [`Bearer ${token}`]],
    ['an object', (token) => ({ toString: () => `Bearer ${token}` })],
    ['nothing', () => undefined],
    ['null', () => null],
  ])('refuses an Authorization header: %s', async (_, authorization) => {
    expect(await authenticator.authenticate(authorization(await sign({})))).toBeUndefined();
  });

  test.each<[unknown, boolean]>([
    [['operator', 7, null], true],
    ['support,operator', false],
    [{ 0: 'operator', length: 1 }, false],
    [[' operator'], false],
  ])('with the roles %j, takes the caller for an operator: %s', async (roles, operator) => {
    const caller = await authenticator.authenticate(`Bearer ${await sign({ roles })}`);
    expect(caller?.operator).toBe(operator);
  });

  test('identifies the caller by sub and roles only', async () => {
    const claims = {
      customerId: 'bob',
      customer_id: 'bob',
      user_id: 'bob',
      email: 'bob',
      act: { sub: 'bob' },
    };
    const more = { role: 'operator', scope: 'operator', groups: ['operator'], operator: true, admin: true };
    expect(await authenticator.authenticate(`Bearer ${await sign({ ...claims, ...more })}`)).toMatchObject({
      customerId: 'alice',
      operator: false,
    });
  });

  test('refuses any malformed token without throwing', async () => {
    const good = await sign({});
    const [header = '', payload = ''] = good.split('.');
    const json = fc.oneof(fc.json(), fc.constantFrom('{', '"', '{"alg":"HS256","crit":[]}', '{"alg":{}}'));
    const part = fc.oneof(
      fc.constantFrom(header, payload, '', '.', '='),
      fc.base64String().map((text) => text.replaceAll('=', '')),
      json.map((text) => Buffer.from(text).toString('base64url')),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.string(),
    );
    const token = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'));
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await authenticator.authenticate(`Bearer ${text}`)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test('never throws on any claims and header with a valid signature', async () => {
    const claim = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom(NOW_SECONDS, 1e308, -0));
    const names = ['sub', 'exp', 'nbf', 'iat', 'iss', 'aud', 'jti', 'roles', '__proto__'];
    const claims = fc.dictionary(fc.constantFrom(...names), claim);
    const headers = fc.dictionary(fc.constantFrom('typ', 'kid', 'jku', 'jwk', 'x5c', 'cty', 'zip'), claim);
    await fc.assert(
      fc.asyncProperty(claims, headers, async (payload, header) => {
        const signed = sign(JSON.parse(JSON.stringify(payload)) as JWTPayload, header);
        const caller = await authenticator.authenticate(`Bearer ${await signed}`);
        if (caller === undefined) return;
        expect(caller.customerId).toMatch(/^\P{C}{1,128}$/u);
        expect(typeof caller.expiresAtMs).toBe('number');
      }),
      { numRuns: 500 },
    );
  });

  test("refuses an RS256 signature by a key in the token's own header", async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const token = new SignJWT({ sub: 'alice', exp: NOW_SECONDS + 60 });
    const jwk = await exportJWK(publicKey);
    const signed = await token.setProtectedHeader({ alg: 'RS256', jwk, kid: 'x' }).sign(privateKey);
    expect(await isAdmitted(signed)).toBe(false);
  });
});
