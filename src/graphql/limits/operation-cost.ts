import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { MAX_PAGE_SIZE } from '../resolvers/pagination.js';
import { fieldCost, VALUE_COST } from './field-cost.js';
import { boundOf, isList, lineCountOf, MAX_LINES, pageSizeOf } from './list-size.js';

/** The size of an operation, known before its execution. */
export interface OperationMeasure {
  /** Levels of nested fields. */
  readonly depth: number;
  /** Aliased fields, each counted once per use of its fragment. */
  readonly aliases: number;
  /** In points: about one per object read, a tenth per plain value. */
  readonly cost: number;
}

/** Per copy of the answer. Its own lists nest at most three levels: graphql's MaxIntrospectionDepthRule. */
const INTROSPECTION_COST = 100;
const INTROSPECTION_TYPES: ReadonlyMap<string, string> = new Map([
  ['__schema', '__Schema'],
  ['__type', '__Type'],
]);

/** A part of an operation. Its cost depends on the lists around it, which may differ between uses of a fragment. */
interface Part extends OperationMeasure {
  /** Additional points per entry of the enclosing page. */
  readonly costPerEntry: number;
  /** Additional points per line of the enclosing order. */
  readonly costPerLine: number;
}

const NOTHING: Part = { depth: 0, aliases: 0, cost: 0, costPerEntry: 0, costPerLine: 0 };
const VALUE: Part = { ...NOTHING, depth: 1, cost: VALUE_COST };

interface Scope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Parts by fragment name, so that each fragment is measured once however often it is used. */
  readonly measuredFragments: Map<string, Part>;
}

/**
 * Measures a valid operation in one pass, in time linear in the document even where fragments multiply each other.
 * (Libraries that visit every use of a fragment can be overloaded by such a document.)
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
    variables: { ...integerDefaults(operation), ...variables },
    measuredFragments: new Map(),
  };
  const root = schema.getRootType(operation.operation) ?? undefined;
  const { depth, aliases, cost, costPerLine } = measureSelections(operation.selectionSet, root, scope);
  return { depth, aliases, cost: Math.round(cost + MAX_LINES * costPerLine) };
}

function integerDefaults({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, number> {
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
  for (const selection of selections) sum = add(sum, measureSelection(selection, parent, scope));
  return sum;
}

function add(a: Part, b: Part): Part {
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
  const measured = scope.measuredFragments.get(name);
  if (measured !== undefined) return measured;
  const fragment = scope.fragments.get(name);
  if (fragment === undefined) return NOTHING;
  const type = scope.schema.getType(fragment.typeCondition.name.value);
  const part = measureSelections(fragment.selectionSet, type, scope);
  scope.measuredFragments.set(name, part);
  return part;
}

function measureField(node: FieldNode, parent: GraphQLNamedType | undefined, scope: Scope): Part {
  const aliases = node.alias === undefined ? 0 : 1;
  const name = node.name.value;
  const introspectionType = INTROSPECTION_TYPES.get(name);
  if (introspectionType !== undefined)
    return measureIntrospection(node, scope.schema.getType(introspectionType), scope);
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  if (field === undefined) return { ...VALUE, aliases };
  const cost = fieldCost(field, parent, scope.schema);
  if (node.selectionSet === undefined) return { ...VALUE, aliases, cost };
  const inner = measureSelections(node.selectionSet, getNamedType(field.type), scope);
  const selected = costOfSelected(node, field, inner, scope);
  return {
    ...selected,
    depth: inner.depth + 1,
    aliases: aliases + inner.aliases,
    cost: cost + selected.cost,
  };
}

/** The cost of a field's selections, multiplied by the number of entries where the field is a list. */
function costOfSelected(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  inner: Part,
  { variables }: Scope,
): Pick<Part, 'cost' | 'costPerEntry' | 'costPerLine'> {
  const pageSize = pageSizeOf(node, field, variables) ?? MAX_PAGE_SIZE;
  const cost = inner.cost + pageSize * inner.costPerEntry;
  const { costPerLine } = inner;
  if (field.name === 'createOrder')
    return { cost: cost + lineCountOf(node, variables) * costPerLine, costPerEntry: 0, costPerLine: 0 };
  if (!isList(field)) return { cost, costPerEntry: 0, costPerLine };
  if (field.name === 'items') return { cost: 0, costPerEntry: 0, costPerLine: cost };
  const bound = boundOf(field);
  if (bound !== undefined) return { cost: bound * cost, costPerEntry: 0, costPerLine: bound * costPerLine };
  // The edges of a page. Any other list is assumed to be no longer than one.
  return { cost: 0, costPerEntry: cost + MAX_LINES * costPerLine, costPerLine: 0 };
}

/** The depth is 1, because tools select types of types on many levels. Only aliases can repeat parts of the answer. */
function measureIntrospection(
  { alias, selectionSet }: FieldNode,
  type: GraphQLNamedType | undefined,
  scope: Scope,
): Part {
  const inner = selectionSet === undefined ? NOTHING : measureSelections(selectionSet, type, scope);
  const aliases = inner.aliases + (alias === undefined ? 0 : 1);
  return { ...NOTHING, depth: 1, aliases, cost: INTROSPECTION_COST * (1 + inner.aliases) };
}
