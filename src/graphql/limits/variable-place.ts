import { type ASTNode, type GraphQLError, Kind, parse, type Source, visit } from 'graphql';

type Chain = readonly (ASTNode | readonly ASTNode[])[];

/** The variables of one operation or fragment, each with the first place that it is used at. */
interface VariablePlaces {
  /** Undefined for a fragment. */
  readonly operation: { readonly start: number; readonly end: number } | undefined;
  readonly places: ReadonlyMap<string, readonly string[]>;
}

/** One request can have fifty variables of a wrong type; its document is looked through once for all of them. */
const known = new WeakMap<Source, readonly VariablePlaces[]>();

/**
 * Where the variable that GraphQL has refused stands in its field's arguments, such as ["input", "items"] for
 * `createOrder(input: { items: $lines })`: what the client called it says nothing of our input. The first place counts.
 * Undefined for another error, and for a variable that is used nowhere.
 */
export function refusedVariablePlace({ nodes }: GraphQLError): readonly string[] | undefined {
  const definition = nodes?.[0];
  if (definition?.kind !== Kind.VARIABLE_DEFINITION || definition.loc === undefined) return undefined;
  const { source, start } = definition.loc;
  const name = definition.variable.name.value;
  const all = known.get(source) ?? placesIn(source);
  known.set(source, all);
  // Other operations of the document have variables of their own, by the same names.
  const own = all.filter(
    ({ operation }) => operation === undefined || (operation.start <= start && start < operation.end),
  );
  return own.map(({ places }) => places.get(name)).find((place) => place !== undefined);
}

/** The text was read before, within our limits. */
function placesIn(source: Source): VariablePlaces[] {
  return parse(source).definitions.map((definition) => {
    const places = new Map<string, readonly string[]>();
    visit(definition, {
      Variable({ name: { value: name } }, _key, parent, path, ancestors) {
        const chain = parent === undefined ? ancestors : [...ancestors, parent];
        const place = places.get(name) ?? placeOf(chain, path);
        if (place.length > 0) places.set(name, place);
      },
    });
    return {
      operation: definition.kind === Kind.OPERATION_DEFINITION ? definition.loc : undefined,
      places,
    };
  });
}

/** Empty in the variable's own definition. */
function placeOf(chain: Chain, path: readonly (string | number)[]): readonly string[] {
  return chain.flatMap((node, index) => {
    if (!('kind' in node)) return [];
    if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return [node.name.value];
    // What follows its key is the array, and then the entry's number in it.
    return node.kind === Kind.LIST ? [String(path[index + 1])] : [];
  });
}
