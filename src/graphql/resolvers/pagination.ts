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
  /** Called by GraphQL only where the field is asked for. */
  readonly totalCount: () => Promise<number>;
}

interface List<Node> {
  /** Names the list inside its cursors, so that one list's cursor is refused by another. */
  readonly name: string;
  /** Whether a key that a cursor holds can be one of this list's. */
  readonly isKey: (key: string) => boolean;
  readonly keyOf: (node: Node) => string;
  /** Up to `limit` nodes after a key. */
  readonly read: (limit: number, afterKey: string | undefined) => Promise<Node[]>;
  readonly count: () => Promise<number>;
}

/**
 * A page of a list that is ordered by a unique key: entries written or removed meanwhile neither repeat nor hide others.
 * @throws BAD_USER_INPUT where first is not 1 to 100, or after is no cursor of this list
 */
export async function page<Node>(
  list: List<Node>,
  { first, after }: PageArguments,
): Promise<Connection<Node>> {
  if (first < 1 || first > MAX_PAGE_SIZE) {
    throw badUserInput([{ field: 'first', message: `must be from 1 to ${MAX_PAGE_SIZE}` }]);
  }
  const afterKey = after == null ? undefined : keyIn(after, list);
  // One more than asked for tells whether there is a next page.
  const nodes = await list.read(first + 1, afterKey);
  const edges = nodes
    .slice(0, first)
    .map((node) => ({ cursor: encodeCursor(list.name, list.keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: nodes.length > first,
      // The entry behind the cursor itself comes before this page.
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

function keyIn<Node>(cursor: string, { name, isKey }: List<Node>): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const key = text.slice(name.length + 1);
  if (encodeCursor(name, key) !== cursor || !isKey(key)) {
    throw badUserInput([{ field: 'after', message: 'must be a cursor of this list' }]);
  }
  return key;
}
