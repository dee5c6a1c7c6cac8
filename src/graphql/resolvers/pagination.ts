import { badUserInput } from '../errors/errors.js';

export const MAX_PAGE_SIZE = 100;

export interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  /** A function, so that GraphQL counts only where the field is selected. */
  readonly totalCount: () => Promise<number>;
}

interface List<Node> {
  /** Part of each cursor, so that another list rejects it. */
  readonly name: string;
  /** Whether a cursor's key has the format of this list's keys. */
  readonly isKey: (key: string) => boolean;
  readonly keyOf: (node: Node) => string;
  /** Reads up to `limit` nodes after a key. */
  readonly read: (limit: number, afterKey: string | undefined) => Promise<Node[]>;
  readonly count: () => Promise<number>;
}

/**
 * Reads a page of a list that is ordered by a unique key. Entries that are added or removed between two pages cause
 * neither duplicates nor gaps.
 * @throws BAD_USER_INPUT where `first` is not from 1 to 100, or `after` is not a cursor of this list
 */
export async function page<Node>(
  list: List<Node>,
  { first, after }: PageArguments,
): Promise<Connection<Node>> {
  if (first < 1 || first > MAX_PAGE_SIZE) {
    throw badUserInput([{ field: 'first', message: `must be from 1 to ${MAX_PAGE_SIZE}` }]);
  }
  const afterKey = after == null ? undefined : decodeCursor(after, list);
  // One more than requested, to know whether there is a next page.
  const nodes = await list.read(first + 1, afterKey);
  const edges = nodes
    .slice(0, first)
    .map((node) => ({ cursor: encodeCursor(list.name, list.keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: nodes.length > first,
      // The entry of the cursor itself is on a previous page.
      hasPreviousPage: afterKey !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: list.count,
  };
}

function encodeCursor(name: string, key: string): string {
  return Buffer.from(`${name}:${key}`).toString('base64url');
}

function decodeCursor<Node>(cursor: string, { name, isKey }: List<Node>): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const key = text.slice(name.length + 1);
  if (encodeCursor(name, key) !== cursor || !isKey(key)) {
    throw badUserInput([{ field: 'after', message: 'must be a cursor of this list' }]);
  }
  return key;
}
