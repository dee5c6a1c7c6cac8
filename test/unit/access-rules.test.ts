import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, extendSchema, type GraphQLSchema, isObjectType, parse } from 'graphql';
import { ACCESS_RULES, type AccessRule, type AccessRules } from '../../src/graphql/access/access-rules.js';
import { accessFaults, guardSchema } from '../../src/graphql/access/guarded-schema.js';

const SDL = readFileSync('schema.graphql', 'utf8');

/** The API's schema with an extension. */
function schemaWith(extension: string): GraphQLSchema {
  return extendSchema(buildSchema(SDL), parse(extension));
}

function rulesWith(type: string, fields: Readonly<Record<string, AccessRule>>): AccessRules {
  return { ...ACCESS_RULES, [type]: { ...ACCESS_RULES[type], ...fields } };
}

describe('the access rules', () => {
  test('cover every field of every type, and nothing else', () => {
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

  test('require a caller on every root field, and an operator where the schema says "Operators only"', () => {
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
  ])('stop the start if there is none for %s', (_, extension, field) => {
    expect(() => guardSchema(schemaWith(extension), ACCESS_RULES)).toThrow(
      `Invalid access rules: ${field} has no rule`,
    );
  });

  test.each<[string, AccessRules, string]>([
    [
      'a rule for a field that does not exist',
      rulesWith('Order', { gone: 'owner' }),
      'Order.gone is not a field of the schema',
    ],
    [
      'a rule for a type that does not exist',
      rulesWith('Gone', { id: 'part' }),
      'Gone.id is not a field of the schema',
    ],
    [
      'a root field that checks nothing',
      rulesWith('Query', { orders: 'part' }),
      'Query.orders must have the rule caller or operator',
    ],
    [
      'a root field that checks the owner of an order',
      rulesWith('Subscription', { orderEvents: 'owner' }),
      'Subscription.orderEvents must have the rule caller or operator',
    ],
  ])('stop the start with %s', (_, rules, fault) => {
    expect(() => guardSchema(buildSchema(SDL), rules)).toThrow(`Invalid access rules: ${fault}`);
  });
});
