import { describe, expect, test } from '@jest/globals';
import { SECTIONS, VARIABLES } from '../../src/config/sections.js';
import { Fault } from '../../src/config/variables/variable.js';
import { configurationPage } from '../../src/dev/configuration-page.js';

const UNITS: readonly (readonly [ending: string, unit: string])[] = [
  ['_MS', 'ms'],
  ['_BYTES', 'bytes'],
  ['_SECONDS', 'seconds'],
  ['_POINTS', 'points'],
];
const names = VARIABLES.map(({ name }) => name);
/** Each item of the page on one line. */
const items = configurationPage()
  .replaceAll(/\n {2}/g, ' ')
  .split('\n')
  .filter((line) => line.startsWith('- '));

describe('the declared variables', () => {
  test('have names of their own', () => {
    expect(names.length).toBeGreaterThan(80);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(UNITS)('whose names end in %s have the unit %s, and no others', (ending, unit) => {
    expect(names.filter((name) => name.endsWith(ending))).toEqual(
      VARIABLES.filter((variable) => variable.unit === unit && !variable.name.endsWith('_COST_LIMIT')).map(
        ({ name }) => name,
      ),
    );
  });

  test('have defaults that they accept', () => {
    const refused = VARIABLES.filter(({ defaultIn, parse }) =>
      [defaultIn(true), defaultIn(false)].some(
        (value) =>
          ['string', 'number', 'boolean'].includes(typeof value) &&
          value !== '' &&
          parse(String(value)) instanceof Fault,
      ),
    );
    expect(refused.map(({ name }) => name)).toEqual([]);
  });

  test('say in sentences what they set and why', () => {
    const texts = VARIABLES.flatMap(({ description, reason = '.' }) => [description, reason]);
    expect(texts.filter((text) => !/^\S.*\.$|^\.$/.test(text))).toEqual([]);
  });
});

describe('the generated page', () => {
  test('has an item for each variable, in the order of the sections', () => {
    expect(items.map((line) => /^- \*\*`(\w+)`\*\* \(/.exec(line)?.[1])).toEqual(names);
    const titles = configurationPage().match(/(?<=^## ).+/gm);
    expect(titles).toEqual(SECTIONS.map(({ title }) => title));
  });

  test.each([
    ['DATABASE_URL', 'required; a URL that begins with `postgres://` or `postgresql://`'],
    ['STRIPE_SECRET_KEY', 'required in production, else `sk_test_sandbox`; all roles'],
    ['STRIPE_WEBHOOK_SECRET', 'required in production by `api`, else `whsec_sandbox`'],
    ['STRIPE_API_BASE', 'default none in production, else `http://127.0.0.1:4010`; .+; all roles'],
    [
      'GATEWAY_REQUESTS_PER_SECOND',
      'default 20 for Stripe itself, else none; 1 to 10,000; `api` and `worker`',
    ],
    ['ROLE', 'default `all`; .+'],
    ['PORT', 'default 4000; 0 to 65535'],
    ['AUTH_JWT_SECRET', 'no default; 32 bytes or more'],
    ['RELAY_BATCH_SIZE', 'default 500 messages; 1 to 5,000'],
    ['RELAY_LEASE_MS', 'default 10,000 ms; at least 100'],
    ['WEBHOOK_RETENTION_MS', 'default 604,800,000 ms = 7 days; at least 0; `relay`'],
    ['GRAPHQL_PLAYGROUND', 'default `false` in production, else `true`; `true` or `false`'],
  ])('says of %s: %s', (name, facts) => {
    const line = items.find((each) => each.startsWith(`- **\`${name}\`**`));
    expect(line).toMatch(new RegExp(`^- \\*\\*\`${name}\`\\*\\* \\(${facts}\\): `));
  });
});
