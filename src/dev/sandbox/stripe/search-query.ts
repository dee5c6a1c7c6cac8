import type { MetadataClause } from '../state/search-index.js';
import { invalid, type StripeProblem } from './errors.js';

const MAX_CLAUSES = 10;
const QUOTED = String.raw`(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')`;
const CLAUSE = new RegExp(String.raw`^metadata\[${QUOTED}\]:${QUOTED}`, 's');
const CONJUNCTION = /^\s+(?:AND\s+)?/i;
const OTHER_FIELD = /^-?([\w.]+)[:<>~]/;

/**
 * Reads a query in Stripe's search language: up to ten clauses such as `metadata['key']:'value'`, joined by AND or a
 * space. The rest of the language is refused.
 *
 * @see https://docs.stripe.com/search#search-query-language
 * @throws StripeProblem 400
 */
export function parseSearchQuery(query: string): MetadataClause[] {
  const clauses: MetadataClause[] = [];
  let rest = query.trim();
  while (clauses.length < MAX_CLAUSES) {
    const match = CLAUSE.exec(rest);
    if (match === null) throw unreadable(rest);
    const [clause, key, singleQuotedKey = '', value, singleQuotedValue = ''] = match;
    clauses.push({ key: unescaped(key ?? singleQuotedKey), value: unescaped(value ?? singleQuotedValue) });
    rest = rest.slice(clause.length);
    if (rest === '') return clauses;
    const conjunction = CONJUNCTION.exec(rest)?.[0];
    if (conjunction === undefined) throw unreadable(rest);
    rest = rest.slice(conjunction.length);
  }
  throw invalid(`We were unable to parse your search query. It has more than ${MAX_CLAUSES} clauses.`);
}

function unescaped(quoted: string): string {
  return quoted.replace(/\\(.)/gs, '$1');
}

/** @param rest from the part of the query that cannot be read */
function unreadable(rest: string): StripeProblem {
  const field = OTHER_FIELD.exec(rest)?.[1];
  if (field === undefined || field === 'metadata') {
    return invalid(
      'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for ' +
        'metadata or key:"value" to query for other fields.',
    );
  }
  return invalid(
    `Field \`${field}\` is an unsupported search field for resource \`payment_intents\`. See ` +
      'http://stripe.com/docs/search#query-fields-for-payment-intents for a list of supported fields.',
  );
}
