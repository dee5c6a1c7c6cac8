import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, execute, parse } from 'graphql';
import { PublicErrors } from '../../src/graphql/errors/public-errors.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
const GOOD = {
  idempotencyKey: 'key',
  items: [{ sku: 'a', quantity: 1 }],
  paymentMethod: 'pm_card_visa',
};

/** The violations that a client receives when GraphQL itself refuses its variables. */
async function violations(
  query: string,
  variableValues: Record<string, unknown>,
  operationName?: string,
): Promise<unknown[]> {
  const { errors = [] } = await execute({
    schema,
    document: parse(query),
    variableValues,
    operationName: operationName ?? null,
  });
  return new PublicErrors(false)
    .formatAll(errors)
    .flatMap(({ extensions }) => (extensions?.['violations'] ?? []) as unknown[]);
}

describe('a variable of the wrong type', () => {
  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'a whole input under another name',
      'mutation ($data: CreateOrderInput!) { createOrder(input: $data) { __typename } }',
      { data: { ...GOOD, items: [{ sku: 'a', quantity: 1.5 }] } },
      'items.0.quantity',
    ],
    [
      'a missing input under another name',
      'mutation ($data: CreateOrderInput!) { createOrder(input: $data) { __typename } }',
      {},
      'input',
    ],
    [
      "an input's field",
      `mutation ($lines: [OrderItemInput!]!) {
        createOrder(input: { idempotencyKey: "k", items: $lines, paymentMethod: "pm_card_visa" }) { __typename }
      }`,
      { lines: [GOOD.items[0], { sku: 'a', quantity: 'x' }] },
      'items.1.quantity',
    ],
    [
      'a list entry, for a field in it',
      `mutation ($line: OrderItemInput!, $input: Int!) {
        createOrder(input: {
          idempotencyKey: "k", items: [{ sku: "b", quantity: $input }, $line], paymentMethod: "pm_card_visa"
        }) { __typename }
      }`,
      { line: { sku: 'a', quantity: 1.5 }, input: 1 },
      'items.1.quantity',
    ],
    [
      'a field of a list entry, with the name of an argument',
      `mutation ($input: Int!) {
        createOrder(input: {
          idempotencyKey: "k", items: [{ sku: "b", quantity: $input }], paymentMethod: "pm_card_visa"
        }) { __typename }
      }`,
      { input: 'x' },
      'items.0.quantity',
    ],
    ['an argument', 'query ($n: Int) { orders(first: $n) { totalCount } }', { n: 'x' }, 'first'],
    [
      'a list that is an argument',
      'query ($which: [OrderStatus!]) { orders(status: $which) { totalCount } }',
      { which: ['PENDING', 'LOST'] },
      'status.1',
    ],
    [
      'an argument within a fragment',
      'query ($n: Int) { ...Some } fragment Some on Query { orders(first: $n) { totalCount } }',
      { n: 'x' },
      'first',
    ],
    ['a directive', 'query ($yes: Boolean!) { __typename @skip(if: $yes) }', { yes: 'x' }, 'if'],
    ['unused', 'query ($n: Int) { __typename }', { n: 'x' }, 'n'],
  ])('is reported by its path in our input if it is %s', async (_, query, given, field) => {
    expect(await violations(query, given)).toMatchObject([{ field }]);
  });

  test('is reported by its path in the requested operation, not in another one of the document', async () => {
    const query = `
      query Other($n: ID!) { order(id: $n) { id } }
      query Asked($n: Int) { orders(first: $n) { totalCount } }`;
    expect(await violations(query, { n: 'x' }, 'Asked')).toMatchObject([{ field: 'first' }]);
  });

  test('is reported for each of many variables in a request', async () => {
    const count = 40;
    const names = Array.from({ length: count }, (_, index) => `n${index}`);
    const query = `query (${names.map((name) => `$${name}: Int`).join(' ')}) {
      ${names.map((name) => `${name}: orders(first: $${name}) { totalCount }`).join(' ')}
    }`;
    const given = Object.fromEntries(names.map((name) => [name, 'x']));
    expect(await violations(query, given)).toEqual(
      Array(count).fill({ field: 'first', message: 'must be a whole number of at most 32 bits' }),
    );
  });
});
