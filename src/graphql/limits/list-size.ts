import { type FieldNode, type GraphQLField, isListType, isNonNullType, Kind } from 'graphql';
import { MAX_PAGE_SIZE } from '../resolvers/pagination.js';

type Field = GraphQLField<unknown, unknown>;
type Variables = Readonly<Record<string, unknown>>;

/** Maximum number of lines of an order, see CreateOrderInput. */
export const MAX_LINES = 100;

/**
 * Eight attempts to charge and eight to refund, with the events before and after them. A longer history consumes more
 * points when it is read.
 */
export const EXPECTED_EVENTS = 20;

/** The newest ones of an order. A payment has at most one open one of each kind, and few orders have any. */
export const MAX_DISCREPANCIES = 20;

/** The lists of an order that have a bound of their own, whatever the page around the order. */
const BOUNDS: ReadonlyMap<string, number> = new Map([
  ['events', EXPECTED_EVENTS],
  ['discrepancies', MAX_DISCREPANCIES],
]);

export function isList({ type }: Field): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** How many entries a list counts as; undefined where the page around it says so. */
export function boundOf({ name }: Field): number | undefined {
  return BOUNDS.get(name);
}

/**
 * A connection's page size, from its argument `first`. A value that the resolver will reject counts as a full page.
 * @returns undefined for a field without that argument
 */
export function pageSizeOf(node: FieldNode, field: Field, variables: Variables): number | undefined {
  const argument = field.args.find(({ name }) => name === 'first');
  if (argument === undefined) return undefined;
  const value = node.arguments?.find(({ name }) => name.value === 'first')?.value;
  let first: unknown;
  if (value?.kind === Kind.INT) first = Number(value.value);
  if (value?.kind === Kind.NULL) first = null;
  if (value?.kind === Kind.VARIABLE) first = variables[value.name.value];
  if (first === undefined) first = argument.defaultValue;
  return typeof first === 'number' && first >= 1 && first <= MAX_PAGE_SIZE ? first : MAX_PAGE_SIZE;
}

/** How many lines a createOrder has in its input. An input that will be rejected counts as the maximum. */
export function lineCountOf({ arguments: args = [] }: FieldNode, variables: Variables): number {
  const input = args.find(({ name }) => name.value === 'input')?.value;
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
