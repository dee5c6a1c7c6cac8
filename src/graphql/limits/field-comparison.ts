import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  print,
  type ValueNode,
} from 'graphql';

/** A field of a selection set, in the type that the selection set is applied to. */
export interface SelectedField {
  /** Unique within a document. */
  readonly number: number;
  readonly node: FieldNode;
  readonly parent: GraphQLNamedType | undefined;
  /** Undefined for a field that the schema does not have. */
  readonly type: GraphQLOutputType | undefined;
}

/** SameResponseShape (GraphQL, section 5.3.2), without the fields selected below. */
export function haveSameShape(a: SelectedField, b: SelectedField): boolean {
  let [typeA, typeB] = [a.type, b.type];
  // Another rule rejects a field that does not exist.
  if (typeA === undefined || typeB === undefined) return true;
  while (isListType(typeA) || isNonNullType(typeA) || isListType(typeB) || isNonNullType(typeB)) {
    if (isListType(typeA) && isListType(typeB)) [typeA, typeB] = [typeA.ofType, typeB.ofType];
    else if (isNonNullType(typeA) && isNonNullType(typeB)) [typeA, typeB] = [typeA.ofType, typeB.ofType];
    else return false;
  }
  return !(isLeafType(typeA) || isLeafType(typeB)) || typeA === typeB;
}

/** Groups of fields that can be in the same response object: those of one object type, with those of any interface. */
export function groupByObjectType(fields: readonly SelectedField[]): readonly (readonly SelectedField[])[] {
  const types = new Set(fields.map(({ parent }) => parent).filter((parent) => isObjectType(parent)));
  if (types.size <= 1) return [fields];
  return [...types].map((type) => fields.filter(({ parent }) => parent === type || !isObjectType(parent)));
}

/** A field's arguments as text, the same for equal arguments in any order. */
export function argumentsText({ arguments: args = [] }: FieldNode): string {
  return args
    .map(({ name, value }) => `${name.value}:${valueText(value)}`)
    .sort()
    .join();
}

function valueText(value: ValueNode): string {
  if (value.kind === Kind.LIST) return `[${value.values.map(valueText).join()}]`;
  if (value.kind !== Kind.OBJECT) return print(value);
  const fields = value.fields.map(({ name, value: inner }) => `${name.value}:${valueText(inner)}`);
  return `{${fields.sort().join()}}`;
}
