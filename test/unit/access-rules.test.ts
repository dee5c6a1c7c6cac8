import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, extendSchema, type GraphQLSchema, isObjectType, parse } from 'graphql';
import { ACCESS_RULES, type AccessRule, type AccessRules } from '../../src/graphql/access/access-rules.js';
import { accessFaults, guardSchema } from '../../src/graphql/access/guarded-schema.js';

const SDL = readFileSync('schema.graphql', 'utf8');

/** The API's schema with something that somebody adds to it. */
function schemaWith(extension: string): GraphQLSchema {
  return extendSchema(buildSchema(SDL), parse(extension));
}

function rulesWith(type: string, fields: Readonly<Record<string, AccessRule>>): AccessRules {
  return { ...ACCESS_RULES, [type]: { ...ACCESS_RULES[type], ...fields } };
}

describe('the access rules', () => {
  test('have one for every field of every type, and no other', () => {
    const schema = buildSchema(SDL);
    const fields = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
      .flatMap((type) =>
        isObjectType(type) ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [],
      );
    const ruled = Object.entries(ACCESS_RULES).flatMap(([type, rules]) =>
      Object.keys(rules).map((name) => `${type}.${name}`),
    );
    expect(fields.length).toBeGreaterThan(100);
    expect(ruled.toSorted()).toEqual(fields.toSorted());
    expect(accessFaults(schema, ACCESS_RULES)).toEqual([]);
  });

  test('check the caller at every entrance, and say operator wherever the schema says so', () => {
    for (const root of ['Query', 'Mutation', 'Subscription']) {
      for (const [name, field] of Object.entries(
        (buildSchema(SDL).getType(root) as ReturnType<GraphQLSchema['getQueryType']>)?.getFields() ?? {},
      )) {
        const rule = field.description?.startsWith('Operators only') === true ? 'operator' : 'caller';
        expect([root, name, ACCESS_RULES[root]?.[name]]).toEqual([root, name, rule]);
      }
    }
  });

  test.each<[string, string, string]>([
    ['a field of an order', 'extend type Order { secret: String }', 'Order.secret'],
    ['a query', 'extend type Query { everything: [Order!]! }', 'Query.everything'],
    ['a mutation', 'extend type Mutation { forget(id: ID!): Boolean }', 'Mutation.forget'],
    ['a subscription', 'extend type Subscription { allEvents: OrderEvent! }', 'Subscription.allEvents'],
    ['a type', 'type Customer { id: ID! }', 'Customer.id'],
  ])('are missed by %s without one, which stops the start', (_, extension, field) => {
    expect(() => guardSchema(schemaWith(extension), ACCESS_RULES)).toThrow(
      `Invalid access rules: ${field} has no rule`,
    );
  });

  test.each<[string, AccessRules, string]>([
    [
      'a field that is gone',
      rulesWith('Order', { gone: 'owner' }),
      'Order.gone is not a field of the schema',
    ],
    ['a type that is gone', rulesWith('Gone', { id: 'part' }), 'Gone.id is not a field of the schema'],
    [
      'an entrance that checks nothing',
      rulesWith('Query', { orders: 'part' }),
      'Query.orders must have the rule caller or operator',
    ],
    [
      'an entrance where there is no order yet',
      rulesWith('Subscription', { orderEvents: 'owner' }),
      'Subscription.orderEvents must have the rule caller or operator',
    ],
  ])('stop the start with one for %s', (_, rules, fault) => {
    expect(() => guardSchema(buildSchema(SDL), rules)).toThrow(`Invalid access rules: ${fault}`);
  });
});
