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
import { MAX_PAGE_SIZE } from '../resolvers/pagination.js';

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
/** An order has no more (CreateOrderInput). Below createOrder there are as many as its input has. */
const MAX_LINES = 100;
/** Eight attempts to charge and eight to refund, with what comes before and after. For more, points are consumed when they come. */
export const EXPECTED_EVENTS = 20;

/** A part of an operation: its cost depends on what stands around it, which may be different for each use of a fragment. */
interface Part extends OperationMeasure {
  /** For each entry of the page around it. */
  readonly costPerEntry: number;
  /** For each line of the order around it. */
  readonly costPerLine: number;
}

const NOTHING: Part = { depth: 0, aliases: 0, cost: 0, costPerEntry: 0, costPerLine: 0 };
const VALUE: Part = { ...NOTHING, depth: 1, cost: VALUE_COST };

interface Scope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Each fragment is measured once, however often it is used. */
  readonly measured: Map<string, Part>;
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
  const { depth, aliases, cost, costPerLine } = measureSelections(operation.selectionSet, root, scope);
  return { depth, aliases, cost: Math.round(cost + MAX_LINES * costPerLine) };
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
  scope: Scope,
): Part {
  let sum = NOTHING;
  for (const selection of selections) sum = added(sum, measureSelection(selection, parent, scope));
  return sum;
}

function added(a: Part, b: Part): Part {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    cost: a.cost + b.cost,
    costPerEntry: a.costPerEntry + b.costPerEntry,
    costPerLine: a.costPerLine + b.costPerLine,
  };
}

function measureSelection(
  selection: SelectionNode,
  parent: GraphQLNamedType | undefined,
  scope: Scope,
): Part {
  switch (selection.kind) {
    case Kind.FIELD:
      return measureField(selection, parent, scope);
    case Kind.INLINE_FRAGMENT: {
      const { typeCondition, selectionSet } = selection;
      const type = typeCondition === undefined ? parent : scope.schema.getType(typeCondition.name.value);
      return measureSelections(selectionSet, type, scope);
    }
    case Kind.FRAGMENT_SPREAD:
      return measureFragment(selection.name.value, scope);
  }
}

function measureFragment(name: string, scope: Scope): Part {
  const known = scope.measured.get(name);
  if (known !== undefined) return known;
  const fragment = scope.fragments.get(name);
  if (fragment === undefined) return NOTHING;
  const type = scope.schema.getType(fragment.typeCondition.name.value);
  const measure = measureSelections(fragment.selectionSet, type, scope);
  scope.measured.set(name, measure);
  return measure;
}

function measureField(node: FieldNode, parent: GraphQLNamedType | undefined, scope: Scope): Part {
  const aliases = node.alias === undefined ? 0 : 1;
  const name = node.name.value;
  const introspected = INTROSPECTED.get(name);
  if (introspected !== undefined) return introspection(node, scope.schema.getType(introspected), scope);
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  if (field === undefined) return { ...VALUE, aliases };
  const cost = fieldCost(field, parent, scope.schema);
  if (node.selectionSet === undefined) return { ...VALUE, aliases, cost };
  const inner = measureSelections(node.selectionSet, getNamedType(field.type), scope);
  const below = belowField(node, field, inner, scope);
  return {
    ...below,
    depth: inner.depth + 1,
    aliases: aliases + inner.aliases,
    cost: cost + below.cost,
  };
}

/** What a field's selections cost, once for each entry that it may have. */
function belowField(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  inner: Part,
  { variables }: Scope,
): Pick<Part, 'cost' | 'costPerEntry' | 'costPerLine'> {
  const size = pageSizeOf(node, field, variables);
  const cost = inner.cost + (size ?? MAX_PAGE_SIZE) * inner.costPerEntry;
  const { costPerLine } = inner;
  if (field.name === 'createOrder')
    return { cost: cost + linesOf(node, variables) * costPerLine, costPerEntry: 0, costPerLine: 0 };
  if (!isList(field)) return { cost, costPerEntry: 0, costPerLine };
  if (field.name === 'items') return { cost: 0, costPerEntry: 0, costPerLine: cost };
  if (field.name === 'events')
    return { cost: EXPECTED_EVENTS * cost, costPerEntry: 0, costPerLine: EXPECTED_EVENTS * costPerLine };
  // A page, or a list that is as long as one at the most.
  return { cost: 0, costPerEntry: cost + MAX_LINES * costPerLine, costPerLine: 0 };
}

/** Tools ask for types of types on many levels, so its depth is none; only by aliases can it tell a thing twice. */
function introspection(
  { alias, selectionSet }: FieldNode,
  type: GraphQLNamedType | undefined,
  scope: Scope,
): Part {
  const inner = selectionSet === undefined ? NOTHING : measureSelections(selectionSet, type, scope);
  const aliases = inner.aliases + (alias === undefined ? 0 : 1);
  return { ...NOTHING, depth: 1, aliases, cost: INTROSPECTION_COST * (1 + inner.aliases) };
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
  return comesAlong(getNamedType(field.type)) ? VALUE_COST : OBJECT_COST;
}

/** A value, or an object of plain values only, such as Money: it is read with the object that has it. */
function comesAlong(type: GraphQLNamedType): boolean {
  if (!isObjectType(type)) return !isCompositeType(type);
  return Object.values(type.getFields()).every(
    (field) => !isList(field) && !isCompositeType(getNamedType(field.type)),
  );
}

/** The lines of the order that a createOrder makes, as its input says; what will be refused counts as a full one. */
function linesOf({ arguments: given = [] }: FieldNode, variables: Readonly<Record<string, unknown>>): number {
  const input = given.find(({ name }) => name.value === 'input')?.value;
  let lines: unknown;
  if (input?.kind === Kind.VARIABLE)
    lines = (variables[input.name.value] as { items?: unknown } | null)?.items;
  if (input?.kind === Kind.OBJECT) {
    const items = input.fields.find(({ name }) => name.value === 'items')?.value;
    if (items?.kind === Kind.LIST) lines = items.values;
    if (items?.kind === Kind.VARIABLE) lines = variables[items.name.value];
  }
  return Array.isArray(lines) && lines.length <= MAX_LINES ? lines.length : MAX_LINES;
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
