import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, execute, type GraphQLFormattedError, parse, validate } from 'graphql';
import { coercionViolation, requestMessage } from '../../src/graphql/errors/graphql-messages.js';
import { PublicErrors } from '../../src/graphql/errors/public-errors.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const CREATE = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }';
const LIST =
  'query ($first: Int, $status: [OrderStatus!]) { orders(first: $first, status: $status) { totalCount } }';
const GOOD = {
  idempotencyKey: 'key',
  items: [{ sku: 'a', quantity: 1 }],
  paymentMethod: 'pm_card_visa',
};
const CARD = 4_242_424_242_424_242;

/** The errors that a client receives when GraphQL itself refuses its variables. */
async function refused(
  query: string,
  variableValues: Record<string, unknown>,
): Promise<GraphQLFormattedError[]> {
  const { errors = [] } = await execute({ schema, document: parse(query), variableValues });
  return new PublicErrors(true).formatAll(errors);
}

const violationsIn = (errors: readonly GraphQLFormattedError[]) =>
  errors.flatMap(({ extensions }) => extensions?.['violations'] ?? []);

describe('a variable of the wrong type', () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ['a number for text', { paymentMethod: CARD }, 'paymentMethod', 'must be a string'],
    ['a list for text', { paymentMethod: [[CARD]] }, 'paymentMethod', 'must be a string'],
    [
      'an object for text',
      { paymentMethod: { ' at "input.x"; ': `${CARD}` } },
      'paymentMethod',
      'must be a string',
    ],
    [
      'text for a number',
      { items: [{ sku: 'a', quantity: `${CARD}` }] },
      'items.0.quantity',
      'must be a whole number of at most 32 bits',
    ],
    [
      'a number beyond 32 bits',
      { items: [{ sku: 'a', quantity: CARD }] },
      'items.0.quantity',
      'must be a whole number of at most 32 bits',
    ],
    [
      'an object for an id',
      { items: [{ sku: { a: CARD }, quantity: 1 }] },
      'items.0.sku',
      'must be a string or a whole number',
    ],
    ['null', { paymentMethod: null }, 'paymentMethod', 'must not be null'],
    ['a missing field', { paymentMethod: undefined }, 'paymentMethod', 'is required'],
    ['text for an object', { expectedTotal: `${CARD}` }, 'expectedTotal', 'must be an object'],
    ['a field that does not exist', { discount: CARD }, 'input', 'has no field discount'],
    [
      'a field whose name is a number',
      { [CARD]: 1 },
      'input',
      'has a field that CreateOrderInput does not have',
    ],
    [
      'a nested field that does not exist',
      { items: [{ sku: 'a', quantity: 1, price: CARD }] },
      'items.0',
      'has no field price',
    ],
  ])('is reported with the expected type: %s', async (_, change, field, message) => {
    const errors = await refused(CREATE, { input: { ...GOOD, ...change } });
    expect(violationsIn(errors)).toEqual([{ field, message }]);
    expect(JSON.stringify(errors)).not.toContain('4242');
  });

  test('is reported with the expected type: missing variables, null, unknown enum values', async () => {
    expect(violationsIn(await refused(CREATE, {}))).toEqual([{ field: 'input', message: 'is required' }]);
    expect(violationsIn(await refused(CREATE, { input: null }))).toEqual([
      { field: 'input', message: 'must not be null' },
    ]);
    expect(violationsIn(await refused(LIST, { status: [`${CARD}`, CARD, 'PENDING'] }))).toEqual([
      { field: 'status.0', message: 'must be a value of OrderStatus' },
      { field: 'status.1', message: 'must be a value of OrderStatus' },
    ]);
  });

  test('ends the request with BAD_REQUEST beyond the number of errors that GraphQL reports', async () => {
    const errors = await refused(LIST, { status: Array(5_000).fill('LOST') });
    expect(errors.length).toBeLessThan(60);
    expect(errors.at(-1)).toEqual({
      message: 'Too many errors processing variables, error limit reached. Execution aborted.',
      extensions: { code: 'BAD_REQUEST' },
    });
  });

  test('is never echoed, whatever its value and its place', async () => {
    const marked = fc.oneof(
      fc.constantFrom(CARD, -CARD, `${CARD}`, '4242 4242 4242 4242', `; String cannot represent ${CARD}`),
      fc.string().map((text) => `${text}${CARD}`),
    );
    const wild = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        marked,
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(fc.constantFrom('sku', 'quantity', 'amount', `${CARD}`), fc.string()),
          tie('any'),
          { maxKeys: 3 },
        ),
      ),
    })).any;
    const fields = ['idempotencyKey', 'items', 'paymentMethod', 'expectedTotal', 'other'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), wild, async (field, value) => {
        const errors = await refused(CREATE, { input: { ...GOOD, [field]: value } });
        expect(JSON.stringify(errors).replace(/[^0-9]/g, '')).not.toContain('42424242');
        for (const { message, extensions } of errors) {
          if (extensions?.['code'] === 'BAD_USER_INPUT') expect(message.length).toBeLessThan(500);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is reported in general terms if GraphQL's message is unknown", () => {
    expect(coercionViolation(`Variable "$x" is ${CARD}`, `Something new about ${CARD}`, true)).toEqual({
      field: 'x',
      message: 'does not have the expected type',
    });
  });
});

describe("a message about the request's text", () => {
  const messagesFor = (query: string): string[] => {
    try {
      return validate(schema, parse(query)).map(({ message }) => requestMessage(message));
    } catch (error) {
      return [requestMessage((error as Error).message)];
    }
  };
  const create = (fields: string) =>
    `mutation { createOrder(input: { idempotencyKey: "a", items: [], ${fields} }) { __typename } }`;

  test.each([
    [create(`paymentMethod: ${CARD}`), 'String cannot represent a non string value.'],
    [create(`paymentMethod: [{ a: ${CARD} }]`), 'String cannot represent a non string value.'],
    [create(`paymentMethod: "a", expectedTotal: "${CARD}"`), 'Expected value of type "MoneyInput".'],
    [
      create(`paymentMethod: "a", expectedTotal: { amount: ${CARD}, currency: "" }`),
      'Int cannot represent non 32-bit signed integer value.',
    ],
    [create('paymentMethod: 4242 4242 4242 4242'), 'Syntax Error: Expected Name, found Int.'],
    [create('paymentMethod: "a" "4242 4242"'), 'Syntax Error: Expected Name, found String.'],
    [`${CARD}`, 'Syntax Error: Unexpected Int.'],
    [`{ orders(status: "${CARD}") { totalCount } }`, 'Enum "OrderStatus" cannot represent non-enum value.'],
    [`{ order(id: 1.${CARD}) { id } }`, 'ID cannot represent a non-string and non-integer value.'],
    [`{ _${CARD} }`, 'Cannot query field "_****************" on type "Query".'],
    ['{ orders(status: LOST) { totalCount } }', 'Value "LOST" does not exist in "OrderStatus" enum.'],
    ['{ nothing }', 'Cannot query field "nothing" on type "Query".'],
    ['{ orders { }', 'Syntax Error: Expected Name, found "}".'],
  ])('echoes no value: %s', (query, message) => {
    expect(messagesFor(query)).toEqual([message]);
  });

  test('is bounded, however long a name is', () => {
    const name = 'x'.repeat(90_000);
    for (const query of [
      `{ ${name} }`,
      `query { orders(${name}: 1) { totalCount } }`,
      `{ orders { ${name} } } }`,
    ]) {
      for (const message of messagesFor(query)) expect(message.length).toBeLessThan(300);
    }
  });
});
