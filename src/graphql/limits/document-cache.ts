import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** A token with its share of the AST nodes above it. Measured on documents of many kinds: 240 to 530 bytes. */
const BYTES_PER_TOKEN = 500;
const BYTES_PER_CHARACTER = 2;

/**
 * Valid documents by the hash of their text. The most recently used ones are kept, up to `maxBytes`. Any other is found
 * as long as something else references it, so that a thousand subscriptions with the same text share one document.
 */
export class DocumentCache {
  private readonly recent: LRUCache<string, DocumentNode>;
  private readonly referenced = new Map<string, WeakRef<DocumentNode>>();
  private readonly collected = new FinalizationRegistry<string>((hash) => {
    if (this.referenced.get(hash)?.deref() === undefined) this.referenced.delete(hash);
  });

  /** @param maxBytes 0 keeps none */
  constructor(maxBytes: number) {
    this.recent = new LRUCache({
      // The package takes 0 for "no maximum"; no document is as small as 1 byte.
      maxSize: Math.max(1, maxBytes),
      // One document must not evict all others.
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 4)),
      sizeCalculation: documentBytes,
    });
  }

  find(hash: string): DocumentNode | undefined {
    return this.recent.get(hash) ?? this.referenced.get(hash)?.deref();
  }

  /** Keeps the document that is already there: the same text may have been validated twice at the same time. */
  add(hash: string, document: DocumentNode): void {
    if (this.find(hash) !== undefined) return;
    this.referenced.set(hash, new WeakRef(document));
    this.collected.register(document, hash);
    this.recent.set(hash, document);
  }
}

/** Estimates a parsed document's memory in bytes. Comments count, because the parser keeps them as tokens. */
export function documentBytes({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) tokens += 1;
  return BYTES_PER_TOKEN * tokens + BYTES_PER_CHARACTER * (loc?.source.body.length ?? 0);
}
