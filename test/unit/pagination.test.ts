import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GraphQLError } from 'graphql';
import { type Connection, page } from '../../src/graphql/resolvers/pagination.js';

interface Entry {
  readonly key: string;
}

/** A list as the database has it: sorted, and read after a key. */
function listOf(keys: readonly string[], name = 'entry') {
  const sorted = keys.toSorted();
  const reads: number[] = [];
  return {
    reads,
    name,
    isKey: (key: string) => key !== '',
    keyOf: ({ key }: Entry) => key,
    read: async (limit: number, after: string | undefined): Promise<Entry[]> => {
      reads.push(limit);
      return sorted
        .filter((key) => after === undefined || key > after)
        .slice(0, limit)
        .map((key) => ({ key }));
    },
    count: async () => sorted.length,
  };
}

const keysOf = ({ edges }: Connection<Entry>) => edges.map(({ node }) => node.key);

async function violationsOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GraphQLError)) throw new Error('a GraphQL error was expected', { cause: error });
  expect(error.extensions['code']).toBe('BAD_USER_INPUT');
  return error.extensions['violations'];
}

describe('page', () => {
  test('returns every entry exactly once over all pages, in order, for any page size', async () => {
    const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 100 }), async (all, first) => {
        const list = listOf(all);
        const seen: string[] = [];
        let after: string | null = null;
        for (let more = true; more;) {
          const found: Connection<Entry> = await page(list, { first, after });
          expect(found.pageInfo.hasPreviousPage).toBe(after !== null);
          expect(found.edges.length).toBeLessThanOrEqual(first);
          seen.push(...keysOf(found));
          more = found.pageInfo.hasNextPage;
          after = found.pageInfo.endCursor;
        }
        expect(seen).toEqual(all.toSorted());
      }),
    );
  });

  test('has the cursors of its first and last entry, and says whether pages precede or follow', async () => {
    const list = listOf(['a', 'b', 'c']);
    const one = await page(list, { first: 2 });
    expect(one.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: one.edges[0]?.cursor,
      endCursor: one.edges[1]?.cursor,
    });
    const two = await page(list, { first: 2, after: one.pageInfo.endCursor });
    expect([keysOf(two), two.pageInfo.hasNextPage, two.pageInfo.hasPreviousPage]).toEqual([
      ['c'],
      false,
      true,
    ]);
    expect((await page(list, { first: 3 })).pageInfo.hasNextPage).toBe(false);
  });

  test('has no cursors if it is empty', async () => {
    const { edges, pageInfo } = await page(listOf([]), { first: 10 });
    expect([edges, pageInfo]).toEqual([
      [],
      { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    ]);
  });

  test('reads one entry more than it returns, and counts only on request', async () => {
    const list = { ...listOf(['a', 'b']), count: () => Promise.reject(new Error('counted')) };
    const found = await page(list, { first: 1 });
    expect(list.reads).toEqual([2]);
    await expect(found.totalCount()).rejects.toThrow('counted');
  });

  test.each([0, -1, 101, 2_147_483_647])('refuses first: %d', async (first) => {
    const list = listOf(['a']);
    expect(await violationsOf(page(list, { first }))).toEqual([
      { field: 'first', message: 'must be from 1 to 100' },
    ]);
    expect(list.reads).toEqual([]);
  });

  test.each([
    ['empty text', ''],
    ['garbage', 'garbage'],
    ['a bare key', Buffer.from('a').toString('base64url')],
    ["another list's cursor", Buffer.from('other:a').toString('base64url')],
    ['a cursor whose key is not valid in the list', Buffer.from('entry:').toString('base64url')],
    ['a cursor with padding', `${Buffer.from('entry:a').toString('base64url')}=`],
    ['a cursor with a trailing character', `${Buffer.from('entry:a').toString('base64url')}!`],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe]).toString('base64url')],
  ])('refuses %s as a cursor', async (_, after) => {
    const list = listOf(['a', 'b']);
    expect(await violationsOf(page(list, { first: 1, after }))).toEqual([
      { field: 'after', message: 'must be a cursor of this list' },
    ]);
    expect(list.reads).toEqual([]);
  });

  test('accepts a cursor whose entry no longer exists', async () => {
    const { pageInfo } = await page(listOf(['b']), { first: 1 });
    expect(keysOf(await page(listOf(['a', 'c']), { first: 5, after: pageInfo.endCursor }))).toEqual(['c']);
  });
});
