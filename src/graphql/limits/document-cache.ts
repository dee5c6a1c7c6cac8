import type { DocumentNode } from 'graphql';

/** A token with its share of the nodes above it, measured on documents of many kinds: 240 to 530 bytes. */
const TOKEN_BYTES = 500;
const CHARACTER_BYTES = 2;

/**
 * Valid documents by the hash of their text. Those that were used last are remembered; any other is still found while
 * somebody holds it, so that a thousand subscriptions of one text share one document.
 */
export class DocumentCache {
  private readonly remembered = new Map<
    string,
    { readonly document: DocumentNode; readonly bytes: number }
  >();
  private rememberedBytes = 0;
  private readonly held = new Map<string, WeakRef<DocumentNode>>();
  private readonly gone = new FinalizationRegistry<string>((hash) => {
    if (this.held.get(hash)?.deref() === undefined) this.held.delete(hash);
  });

  constructor(private readonly maxBytes: number) {}

  find(hash: string): DocumentNode | undefined {
    const entry = this.remembered.get(hash);
    if (entry === undefined) return this.held.get(hash)?.deref();
    // It becomes the one that was used last: a Map keeps the order in which its keys came.
    this.remembered.delete(hash);
    this.remembered.set(hash, entry);
    return entry.document;
  }

  remember(hash: string, document: DocumentNode): void {
    // Two of one text may have been validated at once.
    if (this.find(hash) !== undefined) return;
    this.held.set(hash, new WeakRef(document));
    this.gone.register(document, hash);
    const bytes = documentBytes(document);
    // One alone must not push out all others.
    if (bytes > this.maxBytes / 4) return;
    this.remembered.set(hash, { document, bytes });
    this.rememberedBytes += bytes;
    for (const [oldest, entry] of this.remembered) {
      if (this.rememberedBytes <= this.maxBytes) break;
      this.remembered.delete(oldest);
      this.rememberedBytes -= entry.bytes;
    }
  }
}

/** What a document takes in memory. Comments are tokens, too. */
export function documentBytes({ loc }: DocumentNode): number {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) tokens += 1;
  return TOKEN_BYTES * tokens + CHARACTER_BYTES * (loc?.source.body.length ?? 0);
}
