import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  GraphQLError,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { fieldMergingRule } from '../../src/graphql/limits/field-merging-rule.js';

const schema = buildSchema(`
  interface Pet { name(upper: Boolean, at: At): String! friends: [Pet!]! home: Home }
  type Dog implements Pet { name(upper: Boolean, at: At): String! friends: [Pet!]! home: Home size: Int tag: String! }
  type Cat implements Pet { name(upper: Boolean, at: At): String! friends: [Pet!]! home: Home size: Float tag: String }
  type Home { city: String rooms: [[Int]] owner: Owner }
  union Owner = Dog | Cat | Home
  input At { x: Int y: Int }
  type Query { pet: Pet dog: Dog owner: Owner }
`);
const others = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
const rule = fieldMergingRule(50_000);

const faults = (text: string) => validate(schema, parse(text), [rule]).map(({ message }) => message);
const conflict = (name: string, why: string) => [
  `Fields "${name}" conflict because ${why}. Use different aliases on the fields to fetch both if this was intentional.`,
];

describe('fields with the same response name', () => {
  test.each([
    '{ pet { name name ... on Dog { name } ...F } } fragment F on Pet { name }',
    '{ pet { name(at: { x: 1, y: 2 }) name(at: { y: 2, x: 1 }) } }',
    '{ pet { ... on Dog { a: size } ... on Cat { b: size } } }',
    '{ pet { ... on Dog { a: name } ... on Cat { a: name(upper: true) } } }',
    '{ pet { ... on Dog { a: home { city } } ... on Cat { a: home { b: city } } } }',
    '{ pet { friends { name } friends { home { city } } } }',
  ])('are merged: %s', (text) => {
    expect(faults(text)).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['{ a: pet { name } a: dog { name } }', 'a', 'they are different fields'],
    ['{ pet { name name(upper: true) } }', 'name', 'they have differing arguments'],
    ['{ pet { name(at: { x: 1 }) name(at: { x: 2 }) } }', 'name', 'they have differing arguments'],
    ['{ pet { ... on Dog { size } ... on Cat { size } } }', 'size', 'they return conflicting types'],
    ['{ pet { ... on Dog { tag } ... on Cat { tag } } }', 'tag', 'they return conflicting types'],
    [
      '{ owner { ... on Dog { a: home { b: city } } ... on Home { a: owner { ... on Home { b: rooms } } } } }',
      'b',
      'they return conflicting types',
    ],
    [
      '{ pet { friends { a: name } ...F } } fragment F on Pet { friends { a: __typename } }',
      'a',
      'they are different fields',
    ],
    [
      '{ pet { ...F } } fragment F on Pet { friends { ...F a: name } friends { a: home { city } } }',
      'a',
      'they return conflicting types',
    ],
  ])('are refused: %s', (text, name, why) => {
    expect(faults(text)).toEqual(conflict(name, why));
  });
});

/** Selections on a pet, with few names, so that many of them collide. */
const { pet } = fc.letrec<{ pet: string; field: string }>((tie) => ({
  pet: fc.array(tie('field'), { minLength: 1, maxLength: 4 }).map((fields) => fields.join(' ')),
  field: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('name', 'b: name', 'home { city }', 'd: home { rooms }', '...F', '...G'),
    fc.constantFrom(
      'name',
      'b: name',
      'a: name',
      'a: __typename',
      '... on Dog { a: size }',
      '... on Cat { a: tag }',
    ),
    tie('pet').map((fields) => `friends { ${fields} }`),
    tie('pet').map((fields) => `... on Dog { ${fields} }`),
    tie('pet').map((fields) => `... on Cat { ${fields} }`),
  ),
}));

test("the field merging rule refuses exactly the documents that graphql's own rule refuses", () => {
  let valid = 0;
  let invalid = 0;
  fc.assert(
    fc.property(pet, pet, pet, (fields, f, g) => {
      const document = parse(
        `{ pet { ${fields} ...F ...G } } fragment F on Pet { ${f.replaceAll('...F', 'name')} id: name } fragment G on Pet { ${g.replaceAll(/\.\.\.[FG]/g, 'name')} id: name }`,
      );
      if (validate(schema, document, others).length > 0) return;
      const expected = validate(schema, document, [OverlappingFieldsCanBeMergedRule]).length === 0;
      expect(validate(schema, document, [rule]).length === 0).toBe(expected);
      if (expected) valid += 1;
      else invalid += 1;
    }),
    { numRuns: 400 },
  );
  expect([valid > 5, invalid > 5]).toEqual([true, true]);
});

test('fragments that multiply each other are visited once each, and refused beyond the maximum of visits', () => {
  const levels = Array.from({ length: 20 }, (_, i) => i);
  const text = `{ pet { ...F0 } } ${levels
    .map(
      (i) =>
        `fragment F${i} on Pet { a: friends { x${i}: name ...F${i + 1} } b: friends { y${i}: name ...F${i + 1} } }`,
    )
    .join(' ')} fragment F20 on Pet { name }`;
  expect(faults(text)).toEqual([]);
  const visits = (max: number) => () => validate(schema, parse(text), [fieldMergingRule(max)]);
  expect(visits(100)).toThrow(GraphQLError);
  expect(visits(100)).toThrow(/repeats fields and fragments/);
});
