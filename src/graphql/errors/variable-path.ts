import { type ASTNode, type GraphQLError, Kind, parse, type Source, visit } from 'graphql';

type Ancestors = readonly (ASTNode | readonly ASTNode[])[];

/** The variables that one operation or fragment uses, each with the path of its first use. */
interface VariablePaths {
  /** Undefined for a fragment. */
  readonly operation: { readonly start: number; readonly end: number } | undefined;
  readonly paths: ReadonlyMap<string, readonly string[]>;
}

/** One request can have fifty invalid variables; its document is searched once for all of them. */
const pathsBySource = new WeakMap<Source, readonly VariablePaths[]>();

/**
 * Where a variable that GraphQL has rejected is used in its field's arguments, such as ["input", "items"] for
 * `createOrder(input: { items: $lines })`. The client's name of the variable says nothing about the input.
 * @returns the path of the first use; undefined for another error, and for an unused variable
 */
export function rejectedVariablePath({ nodes }: GraphQLError): readonly string[] | undefined {
  const definition = nodes?.[0];
  if (definition?.kind !== Kind.VARIABLE_DEFINITION || definition.loc === undefined) return undefined;
  const { source, start } = definition.loc;
  const name = definition.variable.name.value;
  const all = pathsBySource.get(source) ?? findPaths(source);
  pathsBySource.set(source, all);
  // Other operations of the document may have variables with the same names.
  const reachable = all.filter(
    ({ operation }) => operation === undefined || (operation.start <= start && start < operation.end),
  );
  return reachable.map(({ paths }) => paths.get(name)).find((path) => path !== undefined);
}

/** Parses without limits: the source was parsed within them before. */
function findPaths(source: Source): VariablePaths[] {
  return parse(source).definitions.map((definition) => {
    const paths = new Map<string, readonly string[]>();
    visit(definition, {
      Variable({ name: { value: name } }, _key, parent, keys, ancestors) {
        const all = parent === undefined ? ancestors : [...ancestors, parent];
        const path = paths.get(name) ?? inputPath(all, keys);
        if (path.length > 0) paths.set(name, path);
      },
    });
    return {
      operation: definition.kind === Kind.OPERATION_DEFINITION ? definition.loc : undefined,
      paths,
    };
  });
}

/** Empty in the variable's own definition. */
function inputPath(ancestors: Ancestors, keys: readonly (string | number)[]): readonly string[] {
  return ancestors.flatMap((node, index) => {
    if (!('kind' in node)) return [];
    if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return [node.name.value];
    // A list node is followed by its array of values, whose key is the index of the value.
    return node.kind === Kind.LIST ? [String(keys[index + 1])] : [];
  });
}
