import { readFileSync } from 'node:fs';

/** The documents whose code blocks and lines tests run as they stand. */
export type Document = 'README.md' | 'docs/api.md' | 'docs/architecture.md' | 'docs/operations.md';

export function readDocument(document: Document): string {
  return readFileSync(document, 'utf8');
}

/** What a generator of passwords may use, and what a URL, SQL and Redis each read in their own way. */
const SPECIAL = 'p@s:s/w?o#r+d%5B=&é$1';
/** What stands in the docs for a password is one with this before its special characters. */
const PLACEHOLDERS = ['owner-password', 'app-password', 'admin-password', 'orders-password'] as const;

/**
 * The document's code block in that language whose text begins so, with passwords in it.
 * @throws where there is not exactly one
 */
export function codeBlock(document: Document, language: string, beginning: string): string {
  const fences = readDocument(document).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  const found = [...fences].filter(([, name, text]) => name === language && text?.startsWith(beginning));
  let block = found[0]?.[2];
  if (found.length !== 1 || block === undefined)
    throw new Error(`${document} has ${found.length} blocks that begin with "${beginning}"`);
  for (const placeholder of PLACEHOLDERS)
    block = block.replaceAll(placeholder, () => `${placeholder}${SPECIAL}`);
  return block;
}

/** A URL's `user:password`, the password being the one that took the placeholder's place. */
export function login(user: string, placeholder: (typeof PLACEHOLDERS)[number]): string {
  return `${user}:${encodeURIComponent(`${placeholder}${SPECIAL}`)}`;
}
