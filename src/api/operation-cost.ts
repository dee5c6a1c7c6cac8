import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { MAX_PAGE_SIZE } from './pagination.js';

/** What an operation asks for, before it is executed. */
export interface OperationMeasure {
  /** Fields below each other. */
  readonly depth: number;
  /** Fields that are given another name, each as often as its fragment is used. */
  readonly aliases: number;
  /** In points: about one for each object that is read, a tenth for each plain value. */
  readonly cost: number;
}

/** A transaction, its event and its message; what is below it comes on top. */
export const MUTATION_COST = 50;
const SUBSCRIPTION_COST = 20;
/** A round trip to the database. */
const QUERY_COST = 5;
/** Counting reads every entry of a list. */
const COUNT_COST = 50;
/** For each copy of what it tells. Its own lists nest three levels at most: graphql's MaxIntrospectionDepthRule. */
const INTROSPECTION_COST = 100;
const INTROSPECTED: ReadonlyMap<string, string> = new Map([
  ['__schema', '__Schema'],
  ['__type', '__Type'],
]);
const OBJECT_COST = 1;
const VALUE_COST = 0.1;
/** Entries of a list that has no page size: an order's lines, its events. Most orders have fewer. */
const ASSUMED_ENTRIES = 5;

const NOTHING: OperationMeasure = { depth: 0, aliases: 0, cost: 0 };

interface Scope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Each fragment is measured once for each page size around it, however often it is used. */
  readonly measured: Map<string, OperationMeasure>;
}

/**
 * Measures a valid operation in one pass: linear in the document, whatever its fragments multiply to.
 * Lists are weighed by their page size. (Tools that visit each use of a fragment can themselves be kept busy.)
 */
export function measureOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): OperationMeasure {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition): [string, FragmentDefinitionNode] => [definition.name.value, definition]),
  );
  const scope: Scope = {
    schema,
    fragments,
    variables: { ...wholeNumberDefaults(operation), ...variables },
    measured: new Map(),
  };
  const root = schema.getRootType(operation.operation) ?? undefined;
  const measure = measureSelections(operation.selectionSet, root, undefined, scope);
  return { ...measure, cost: Math.round(measure.cost) };
}

function wholeNumberDefaults({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, number> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  );
}

function measureSelections(
  { selections }: SelectionSetNode,
  parent: GraphQLNamedType | undefined,
  pageSize: number | undefined,
  scope: Scope,
): OperationMeasure {
  let sum = NOTHING;
  for (const selection of selections) {
    const { depth, aliases, cost } = measureSelection(selection, parent, pageSize, scope);
    sum = { depth: Math.max(sum.depth, depth), aliases: sum.aliases + aliases, cost: sum.cost + cost };
  }
  return sum;
}

function measureSelection(
  selection: SelectionNode,
  parent: GraphQLNamedType | undefined,
  pageSize: number | undefined,
  scope: Scope,
): OperationMeasure {
  switch (selection.kind) {
    case Kind.FIELD:
      return measureField(selection, parent, pageSize, scope);
    case Kind.INLINE_FRAGMENT: {
      const { typeCondition, selectionSet } = selection;
      const type = typeCondition === undefined ? parent : scope.schema.getType(typeCondition.name.value);
      return measureSelections(selectionSet, type, pageSize, scope);
    }
    case Kind.FRAGMENT_SPREAD:
      return measureFragment(selection.name.value, pageSize, scope);
  }
}

function measureFragment(name: string, pageSize: number | undefined, scope: Scope): OperationMeasure {
  const key = `${name} ${pageSize ?? ''}`;
  const known = scope.measured.get(key);
  if (known !== undefined) return known;
  const fragment = scope.fragments.get(name);
  if (fragment === undefined) return NOTHING;
  const type = scope.schema.getType(fragment.typeCondition.name.value);
  const measure = measureSelections(fragment.selectionSet, type, pageSize, scope);
  scope.measured.set(key, measure);
  return measure;
}

function measureField(
  node: FieldNode,
  parent: GraphQLNamedType | undefined,
  pageSize: number | undefined,
  scope: Scope,
): OperationMeasure {
  const aliases = node.alias === undefined ? 0 : 1;
  const name = node.name.value;
  const introspected = INTROSPECTED.get(name);
  if (introspected !== undefined) return introspection(node, scope.schema.getType(introspected), scope);
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  if (field === undefined) return { depth: 1, aliases, cost: 0 };
  const own = fieldCost(field, parent, scope.schema);
  if (node.selectionSet === undefined) return { depth: 1, aliases, cost: own };
  const size = pageSizeOf(node, field, scope.variables);
  const inner = measureSelections(node.selectionSet, getNamedType(field.type), size, scope);
  const entries = isList(field) ? (pageSize ?? ASSUMED_ENTRIES) : 1;
  return {
    depth: inner.depth + 1,
    aliases: aliases + inner.aliases,
    cost: own + entries * inner.cost,
  };
}

/** Tools ask for types of types on many levels, so its depth is none; only by aliases can it tell a thing twice. */
function introspection(
  { alias, selectionSet }: FieldNode,
  type: GraphQLNamedType | undefined,
  scope: Scope,
): OperationMeasure {
  const inner =
    selectionSet === undefined ? NOTHING : measureSelections(selectionSet, type, undefined, scope);
  const aliases = inner.aliases + (alias === undefined ? 0 : 1);
  return { depth: 1, aliases, cost: INTROSPECTION_COST * (1 + inner.aliases) };
}

function fieldCost(
  field: GraphQLField<unknown, unknown>,
  parent: GraphQLNamedType | undefined,
  schema: GraphQLSchema,
): number {
  if (parent === schema.getRootType(OperationTypeNode.MUTATION)) return MUTATION_COST;
  if (parent === schema.getRootType(OperationTypeNode.SUBSCRIPTION)) return SUBSCRIPTION_COST;
  if (parent === schema.getRootType(OperationTypeNode.QUERY)) return QUERY_COST;
  if (field.name === 'totalCount') return COUNT_COST;
  return isCompositeType(getNamedType(field.type)) ? OBJECT_COST : VALUE_COST;
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** A connection's page size, as its `first` says; what its resolver will refuse counts as a full page. */
function pageSizeOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: Readonly<Record<string, unknown>>,
): number | undefined {
  const argument = field.args.find(({ name }) => name === 'first');
  if (argument === undefined) return undefined;
  const given = node.arguments?.find(({ name }) => name.value === 'first')?.value;
  let first: unknown;
  if (given?.kind === Kind.INT) first = Number(given.value);
  if (given?.kind === Kind.NULL) first = null;
  if (given?.kind === Kind.VARIABLE) first = variables[given.name.value];
  if (first === undefined) first = argument.defaultValue;
  return typeof first === 'number' && first >= 1 && first <= MAX_PAGE_SIZE ? first : MAX_PAGE_SIZE;
}
