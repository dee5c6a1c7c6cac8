import { readFileSync } from 'node:fs';

/** The documents whose code blocks tests run unchanged. */
export type Document = 'README.md' | 'docs/api.md' | 'docs/architecture.md' | 'docs/operations.md';

export function readDocument(document: Document): string {
  return readFileSync(document, 'utf8');
}

/** Characters that a URL, SQL and Redis each treat in their own way. */
const SPECIAL = 'p@s:s/w?o#r+d%5B=&é$1';
/** Placeholders in the docs; the special characters are appended to each. */
const PLACEHOLDERS = ['owner-password', 'app-password', 'admin-password', 'orders-password'] as const;

/**
 * The document's code block with this language and beginning, with passwords filled in.
 * @throws unless there is exactly one
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

/** A URL's `user:password`, with the placeholder's password. */
export function login(user: string, placeholder: (typeof PLACEHOLDERS)[number]): string {
  return `${user}:${encodeURIComponent(`${placeholder}${SPECIAL}`)}`;
}
