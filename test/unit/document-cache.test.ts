import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DocumentCache, documentBytes } from '../../src/graphql/limits/document-cache.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const text = (name: string) => `query ${name} { orders { totalCount } }`;
const SIZE = documentBytes(parse(text('a')));

/** Adds documents that nothing else references. */
function fill(cache: DocumentCache, names: readonly string[]): void {
  for (const name of names) cache.add(name, parse(text(name)));
}

/** Which documents are still found once everything without a reference is collected. */
async function kept(cache: DocumentCache, names: readonly string[]): Promise<string[]> {
  // A WeakRef holds its document until the event loop turns.
  await delay(1);
  collectGarbage();
  return names.filter((name) => cache.find(name) !== undefined);
}

describe('the document cache', () => {
  test('keeps the most recently used documents, up to its bytes', async () => {
    const cache = new DocumentCache(4 * SIZE);
    fill(cache, ['a', 'b', 'c', 'd']);
    cache.find('a');
    fill(cache, ['e']);
    expect(await kept(cache, ['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'c', 'd', 'e']);
  });

  test('does not keep a document of more than a quarter of its bytes', async () => {
    const cache = new DocumentCache(4 * SIZE - 1);
    fill(cache, ['a']);
    expect(await kept(cache, ['a'])).toEqual([]);
  });

  test('keeps none with 0 bytes', async () => {
    const cache = new DocumentCache(0);
    fill(cache, ['a', 'b']);
    expect(await kept(cache, ['a', 'b'])).toEqual([]);
  });

  test('finds a document that is too large to keep as long as something references it', async () => {
    const cache = new DocumentCache(0);
    const document = parse(text('a'));
    cache.add('a', document);
    expect(await kept(cache, ['a'])).toEqual(['a']);
    expect(cache.find('a')).toBe(document);
  });

  test('keeps the first of two documents with the same text', () => {
    const cache = new DocumentCache(4 * SIZE);
    const first = parse(text('a'));
    cache.add('a', first);
    cache.add('a', parse(text('a')));
    expect(cache.find('a')).toBe(first);
  });
});
