import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, getOperationAST, parse, validate } from 'graphql';
import { readFileSync } from 'node:fs';
import { measureOperation, type OperationMeasure } from '../../src/graphql/limits/operation-cost.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

function measure(text: string, variables: Readonly<Record<string, unknown>> = {}): OperationMeasure {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('the document must have exactly one operation');
  return measureOperation(schema, document, operation, variables);
}

const cost = (text: string, variables?: Readonly<Record<string, unknown>>) => measure(text, variables).cost;

/** What a page of orders costs, each of them with its id: 5 for the root field, 1 for the list, 1.1 for each order. */
const page = (size: number) => Math.round(6 + 1.1 * size);

describe('measureOperation', () => {
  test.each<[string, string, OperationMeasure]>([
    // 5 for the root field, 0.1 for the value.
    ['one value', '{ order(id: 1) { id } }', { depth: 2, aliases: 0, cost: 5 }],
    // 5 + 1 for the lines + 100 lines of 0.1 for the SKU, the sum and its amount.
    ['a list', '{ order(id: 1) { items { sku lineTotal { amount } } } }', { depth: 4, aliases: 0, cost: 36 }],
    // 5 + 20 events of (1 for the order + 20 events of 0.1, and their list's 1) + 1.
    [
      'nested lists',
      '{ order(id: 1) { events { order { events { version } } } } }',
      { depth: 5, aliases: 0, cost: 86 },
    ],
    // 5 + 1 for the list + 10 × (1 for the order + 0.1).
    ['a page', '{ orders(first: 10) { edges { node { id } } } }', { depth: 4, aliases: 0, cost: page(10) }],
    // 10 × (1 for the order + 100 lines of 0.1, and their list's 1) + 1 + 5.
    [
      'lists in a page',
      '{ orders(first: 10) { edges { node { items { sku } } } } }',
      { depth: 5, aliases: 0, cost: 126 },
    ],
    // 5 + 1 for the list + 20 discrepancies of 0.1.
    ['discrepancies', '{ order(id: 1) { discrepancies { kind } } }', { depth: 3, aliases: 0, cost: 8 }],
    ['a count', '{ orders { totalCount } }', { depth: 2, aliases: 0, cost: 55 }],
    [
      '__typename fields',
      `{ ${'__typename '.repeat(100)} orders(first: 100) { edges { __typename } } }`,
      { depth: 3, aliases: 0, cost: 26 },
    ],
    // 5 + 0.2, each twice.
    [
      'aliases',
      '{ a: order(id: 1) { b: id id } c: order(id: 2) { id d: id } }',
      { depth: 2, aliases: 4, cost: 10 },
    ],
    // 20 + 0.1 + 1 for the order + 0.1.
    [
      'a subscription',
      'subscription { orderEvents(orderId: 1) { version order { status } } }',
      { depth: 3, aliases: 0, cost: 21 },
    ],
  ])('measures %s', (_, text, expected) => {
    expect(measure(text)).toEqual(expected);
  });

  test("counts every member of a mutation's union", () => {
    const text = `mutation ($input: CreateOrderInput!) {
      createOrder(input: $input) {
        __typename
        ... on CreateOrderSuccess { replayed order { id items { sku } } }
        ... on OrderError { code message }
        ... { ... on ProductUnavailable { skus } }
      }
    }`;
    // 50 + 0.1 + 0.1 + (1 + 0.1 + 1 + 100 × 0.1) + 0.2 + 0.1.
    expect(measure(text)).toEqual({ depth: 4, aliases: 0, cost: 63 });
  });

  test('adds up several mutations', () => {
    const text =
      '{ a: cancelOrder(input: { orderId: 1 }) { __typename } b: cancelOrder(input: { orderId: 2 }) { __typename } }';
    expect(measure(`mutation ${text}`)).toEqual({ depth: 2, aliases: 2, cost: 100 });
  });

  test('counts fields behind @skip and @include, which are evaluated too late', () => {
    const text = `query ($no: Boolean!) {
      orders(first: 10) @include(if: $no) { edges @skip(if: true) { node { id } } }
      ... @include(if: false) { order(id: 1) { id } }
    }`;
    expect(cost(text, { no: false })).toBe(page(10) + 5);
  });

  test.each<[string, string, object, number]>([
    ['a variable', '$input', { input: { items: [{}, {}] } }, 2],
    ['a literal', '{ items: [{ sku: 1, quantity: 1 }] }', {}, 1],
    ['a list in a variable', '{ items: $items }', { items: [{}, {}, {}] }, 3],
    ['an object in place of the list', '$input', { input: { items: {} } }, 100],
    ['a list that is too long', '$input', { input: { items: Array.from({ length: 101 }) } }, 100],
    ['a missing variable', '$input', {}, 100],
    ['null', '$input', { input: null }, 100],
  ])('counts the lines in the input of createOrder: %s', (_, input, variables, lines) => {
    const text = `mutation { createOrder(input: ${input}) { ... on CreateOrderSuccess { order { items { ...Line } } } } }
      fragment Line on OrderItem { a: sku b: sku c: sku d: sku e: sku f: sku g: sku h: sku i: sku j: sku }`;
    const document = parse(text);
    const operation = getOperationAST(document);
    if (operation == null) throw new Error('the document must have exactly one operation');
    // 50 for the mutation + 1 for the order + 1 for its lines.
    expect(measureOperation(schema, document, operation, { ...variables }).cost).toBe(52 + lines);
  });

  test('measures a page of 20 orders with all fields at a fifth of the default limit', () => {
    const text = `query Page($after: String) {
      orders(first: 20, after: $after) {
        edges { cursor node {
          id status version idempotencyKey createdAt updatedAt total { amount currency } failure { code message }
          items { sku name quantity unitPrice { amount currency } lineTotal { amount currency } }
          events { version type status previousStatus detail occurredAt }
        } }
        pageInfo { hasNextPage endCursor }
      }
    }`;
    // 20 × (100 lines of 0.9, 20 events of 0.6, and 4.3 for the rest) + 6.3.
    expect(cost(text)).toBe(2_132);
  });

  test('measures the requested operation and no other of the document', () => {
    const document = parse('query A { order(id: 1) { id } } query B { orders { totalCount } }');
    const operation = getOperationAST(document, 'A');
    if (operation == null) throw new Error('there is no operation A');
    expect(measureOperation(schema, document, operation, {}).cost).toBe(5);
  });
});

describe("a list's page size", () => {
  const literal = (first: string) => cost(`{ orders(first: ${first}) { edges { node { id } } } }`);
  const byVariable = (type: string, variables: object) =>
    cost(`query ($first: ${type}) { orders(first: $first) { edges { node { id } } } }`, { ...variables });

  test('is the literal in the document', () => {
    expect([literal('1'), literal('7'), literal('100')]).toEqual([page(1), page(7), page(100)]);
  });

  test("is the schema's default if the document has none", () => {
    expect(cost('{ orders { edges { node { id } } } }')).toBe(page(20));
    expect(cost('{ products { edges { node { sku } } } }')).toBe(page(50));
    expect(byVariable('Int', {})).toBe(page(20));
  });

  test('is the value of the variable, or its default', () => {
    expect(byVariable('Int', { first: 7 })).toBe(page(7));
    expect(byVariable('Int = 9', {})).toBe(page(9));
    expect(byVariable('Int = 9', { first: 7 })).toBe(page(7));
  });

  test.each(['null', '0', '-5', '101', '2147483647'])(
    'counts as the maximum for a value that will be refused: %s',
    (first) => {
      expect(literal(first)).toBe(page(100));
      expect(byVariable('Int', { first: JSON.parse(first) as unknown })).toBe(page(100));
      if (first !== 'null') expect(byVariable(`Int = ${first}`, {})).toBe(page(100));
    },
  );

  test.each(['7', true, [7], { first: 7 }, 1e308])(
    'counts as the maximum for a variable that is not an integer: %j',
    (first) => {
      expect(byVariable('Int', { first })).toBe(page(100));
    },
  );

  test('applies to its own list only, also through fragments', () => {
    const text = `query {
      few: orders(first: 2) { ...Page }
      many: orders(first: 50) { ... { ...Page } }
      order(id: 1) { items { sku } }
    }
    fragment Page on OrderConnection { edges { ...Edge } }
    fragment Edge on OrderEdge { node { id items { sku } } }`;
    // An order is 1 + 0.1 + 1 + 100 × 0.1, and the last one is 5 + 1 + 100 × 0.1.
    expect(measure(text)).toEqual({
      depth: 5,
      aliases: 2,
      cost: Math.round(6 + 2 * 12.1 + 6 + 50 * 12.1 + 16),
    });
  });
});

describe('fragments', () => {
  test('count as often as they are used, with their aliases and their depth', () => {
    const text = `{ a: order(id: 1) { ...F } b: order(id: 2) { ...F ...F } }
      fragment F on Order { x: id events { order { ...G } } }
      fragment G on Order { y: id total { amount } }`;
    // F is 0.1 + 1 + 20 × (1 + G), and G is 0.1 + 0.2.
    expect(measure(text)).toEqual({ depth: 5, aliases: 2 + 3 * 2, cost: Math.round(10 + 3 * 27.1) });
  });

  // Visiting each use would take 2^60 steps.
  test('that multiply each other are measured once each', () => {
    const bomb = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Order { ...F${i + 1} ...F${i + 1} }`,
    );
    const measured = measure(`{ order(id: 1) { ...F0 } } ${bomb.join(' ')} fragment F60 on Order { a: id }`);
    expect(measured).toEqual({ depth: 2, aliases: 2 ** 60, cost: expect.closeTo(5 + 0.1 * 2 ** 60, -10) });
  });
});

test('a fragment is counted for each page size around it', () => {
  const pages = (sizes: readonly number[]) =>
    sizes.map((size) => `a${size}: orders(first: ${size}) { ...F }`);
  const text = `{ ${pages([1, 10, 100]).join(' ')} } fragment F on OrderConnection { edges { node { id } } }`;
  expect(cost(text)).toBe(Math.round(3 * 6 + 111 * 1.1));
});

describe('introspection', () => {
  test('has a fixed cost, and the standard introspection query is not too deep', () => {
    expect(measure(getIntrospectionQuery())).toEqual({ depth: 1, aliases: 0, cost: 100 });
    expect(measure('{ __type(name: "Order") { fields { name } } }')).toEqual({
      depth: 1,
      aliases: 0,
      cost: 100,
    });
  });

  test('costs as much again for each list that it repeats', () => {
    const text =
      '{ __schema { ...S b: types { name } } } fragment S on __Schema { a: types { fields { c: name } } }';
    expect(measure(text)).toEqual({ depth: 1, aliases: 3, cost: 400 });
  });
});

/** Fields of an order, one within the other, as a client might ask for them. */
const { orderFields } = fc.letrec<{ orderFields: string; field: string }>((tie) => ({
  orderFields: fc.array(tie('field'), { minLength: 1, maxLength: 4 }).map((fields) => fields.join(' ')),
  field: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('id', 'a: id', 'total { amount }', 'items { sku quantity }', 'failure { code }'),
    tie('orderFields').map((fields) => `events { order { ${fields} } }`),
    tie('orderFields').map((fields) => `... { ${fields} }`),
  ),
}));
const field = fc.oneof(
  orderFields.map((fields) => `order(id: 1) { ${fields} }`),
  fc
    .tuple(fc.integer({ min: 1, max: 100 }), orderFields)
    .map(([first, fields]) => `orders(first: ${first}) { edges { node { ${fields} } } }`),
);

test('n copies of a field cost n times as much as one, and have n times its aliases', () => {
  fc.assert(
    fc.property(field, fc.integer({ min: 1, max: 50 }), (text, n) => {
      const one = measure(`{ a: ${text} }`);
      const all = measure(`{ ${Array.from({ length: n }, (_, i) => `a${i}: ${text}`).join(' ')} }`);
      expect(all.aliases).toBe(n * one.aliases);
      expect(all.depth).toBe(one.depth);
      // Each is rounded to a whole point.
      expect(Math.abs(all.cost - n * one.cost)).toBeLessThanOrEqual(n / 2 + 1);
    }),
  );
});
