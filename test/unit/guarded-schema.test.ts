import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  buildSchema,
  extendSchema,
  graphql,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  parse,
} from 'graphql';
import { ACCESS_RULES, type AccessRule, type AccessRules } from '../../src/graphql/access/access-rules.js';
import type { GraphQLContext } from '../../src/graphql/context.js';
import { guardSchema } from '../../src/graphql/access/guarded-schema.js';
import type { Caller } from '../../src/auth/caller.js';

const SDL = readFileSync('schema.graphql', 'utf8');

/** The access rules, with rules for new queries. */
function rulesWith(queries: Readonly<Record<string, AccessRule>>): AccessRules {
  return { ...ACCESS_RULES, Query: { ...ACCESS_RULES['Query'], ...queries } };
}

/** A guarded schema in which the given root fields have resolvers, and all others read their source. */
function guardedWith(
  extension: string,
  rules: AccessRules,
  resolvers: Readonly<Record<string, GraphQLFieldResolver<unknown, GraphQLContext>>>,
): GraphQLSchema {
  const schema = extendSchema(buildSchema(SDL), parse(extension));
  for (const [name, resolve] of Object.entries(resolvers)) {
    const field = schema.getQueryType()?.getFields()[name];
    if (field === undefined) throw new Error(name);
    field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
  }
  return guardSchema(schema, rules);
}

const caller = (customerId: string, operator = false): Caller => ({
  customerId,
  operator,
  expiresAtMs: Number.POSITIVE_INFINITY,
});
const ALICE = caller('alice');
const BOB = caller('bob');
const OLGA = caller('olga', true);

async function ask(schema: GraphQLSchema, source: string, who: Caller | undefined) {
  const { data, errors = [] } = await graphql({
    schema,
    source,
    contextValue: { caller: who, address: '127.0.0.1' } satisfies GraphQLContext,
  });
  return { data, codes: errors.map((error: GraphQLError) => error.extensions['code']) };
}

describe('a guarded schema', () => {
  const order = {
    id: '1',
    customerId: 'alice',
    status: 'PENDING',
    version: 1,
    idempotencyKey: 'key',
    items: [],
    total: { amount: 1, currency: 'EUR' },
    failure: null,
    events: [],
    discrepancies: [],
    ...{ paymentAction: null, delay: null, payable: false, cancellable: true },
    createdAt: '2026-11-22T10:15:30.123Z',
    updatedAt: '2026-11-22T10:15:30.123Z',
  };
  const event = { ...order, orderId: '1', type: 'ORDER_CREATED', previousStatus: null, detail: null };
  const letter = {
    ...{ id: '2', order, task: 'CHARGE', state: 'OPEN', attempts: 1, error: 'none' },
    ...{ createdAt: '2026-11-22T10:15:30.123Z', resolvedAt: null, resolvedBy: null, reason: null },
  };
  const status = {
    ...{ database: 'UP', redis: 'UP', paymentGateway: 'UP', openDeadLetters: 1 },
    ...{ openPaymentDiscrepancies: 1, missingOrders: 1, notices: [] },
    outbox: { pending: 1, oldestPendingAgeSeconds: 1 },
    queue: { waiting: 1, active: 1, delayed: 1 },
  };
  /** Fields as somebody may add them without thinking of access. */
  const schema = guardedWith(
    `extend type Query { anyOrder: Order anyEvent: OrderEvent someOrders: [Order!]! letter: DeadLetter status: SystemStatus }
     extend type Order { deadLetter: DeadLetter }`,
    {
      ...rulesWith({
        anyOrder: 'caller',
        anyEvent: 'caller',
        someOrders: 'caller',
        letter: 'caller',
        status: 'caller',
      }),
      Order: { ...ACCESS_RULES['Order'], deadLetter: 'owner' },
    },
    {
      anyOrder: async () => ({ ...order, deadLetter: letter }),
      anyEvent: () => ({ ...event, occurredAt: order.createdAt, order }),
      someOrders: () => [{ ...order, customerId: 'bob' }],
      letter: () => letter,
      status: () => status,
    },
  );
  /** The values of an answer's object. A field that may be null leaves the object around it in place. */
  const shown = (object: unknown): unknown[] => Object.values(object ?? {}).filter((value) => value !== null);
  /** A field with a selection of subfields. */
  const selection = (type: string, field: string): string => {
    const inner: Record<string, string> = {
      ...{ items: '{ sku }', total: '{ amount }', failure: '{ code }', events: '{ version }' },
      ...{
        order: '{ id }',
        deadLetter: '{ id }',
        discrepancies: '{ id }',
        paymentAction: '{ clientSecret }',
        delay: '{ since }',
        outbox: '{ pending }',
        queue: '{ waiting }',
      },
    };
    return `${field} ${inner[field] ?? ''} # ${type}`;
  };

  test.each([
    ['anyOrder', 'Order'],
    ['anyEvent', 'OrderEvent'],
  ])(
    "refuses every field of another customer's object that is reached through a new field: %s",
    async (root, type) => {
      for (const [field, rule] of Object.entries(ACCESS_RULES[type] ?? {})) {
        const source = `{ ${root} { ${selection(type, field)}\n} }`;
        const { data, codes } = await ask(schema, source, BOB);
        const refused = rule === 'operator' ? ['FORBIDDEN'] : ['NOT_FOUND'];
        expect([field, codes, shown(data?.[root])]).toEqual([field, refused, []]);
        const hers = rule === 'operator' ? ['FORBIDDEN'] : [];
        expect([field, (await ask(schema, source, ALICE)).codes]).toEqual([field, hers]);
        expect([field, (await ask(schema, source, OLGA)).codes]).toEqual([field, []]);
        expect([field, (await ask(schema, source, undefined)).codes]).toEqual([field, ['UNAUTHENTICATED']]);
      }
    },
  );

  test("refuses another customer's order in a list, under an alias and in a fragment", async () => {
    const source =
      'fragment F on Order { number: id } { someOrders { ...F } mine: someOrders { ... on Order { version } } }';
    expect(await ask(schema, source, ALICE)).toMatchObject({ data: null, codes: ['NOT_FOUND'] });
    expect((await ask(schema, source, BOB)).data).toEqual({
      someOrders: [{ number: '1' }],
      mine: [{ version: 1 }],
    });
  });

  test("refuses customers every field of an operators' type that is reached through a new field", async () => {
    for (const [root, type] of [
      ['letter', 'DeadLetter'],
      ['status', 'SystemStatus'],
    ] as const) {
      for (const field of Object.keys(ACCESS_RULES[type] ?? {})) {
        const source = `{ ${root} { ${selection(type, field)}\n} }`;
        // This is the dead letter of Alice's own order.
        const { data, codes } = await ask(schema, source, ALICE);
        expect([field, codes, shown(data?.[root])]).toEqual([field, ['FORBIDDEN'], []]);
        expect([field, (await ask(schema, source, OLGA)).codes]).toEqual([field, []]);
      }
    }
    const nested = '{ anyOrder { id deadLetter { order { id } } } }';
    expect(await ask(schema, nested, ALICE)).toMatchObject({
      data: { anyOrder: { id: '1', deadLetter: null } },
      codes: ['FORBIDDEN'],
    });
    expect((await ask(schema, nested, OLGA)).codes).toEqual([]);
  });

  test('refuses every customer an object without an owner', async () => {
    for (const customerId of [undefined, null, '', ['bob'], 'BOB']) {
      const ownerless = guardedWith(
        'extend type Query { anyOrder: Order }',
        rulesWith({ anyOrder: 'caller' }),
        { anyOrder: () => ({ ...order, customerId }) },
      );
      expect((await ask(ownerless, '{ anyOrder { id } }', BOB)).codes).toEqual(['NOT_FOUND']);
    }
  });
});
