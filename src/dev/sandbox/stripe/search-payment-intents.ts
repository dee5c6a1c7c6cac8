import type { Books } from '../state/books.js';
import type { Intent, Outcome } from '../state/records.js';
import { invalid } from './errors.js';
import { expandIntents } from './expand.js';
import type { FormRecord } from './form.js';
import { integer, readParameters, required, text } from './parameters.js';
import { parseSearchQuery } from './search-query.js';

const PARAMETERS = {
  query: required(text),
  limit: integer(1, 100),
  page: text,
  expand: expandIntents,
};

const DEFAULT_LIMIT = 10;

/** Checks a search. @returns the execution, see https://docs.stripe.com/api/pagination/search */
export function searchPaymentIntents(books: Books, form: FormRecord): () => Outcome {
  const { query, limit, page, expand: toObject } = readParameters(form, PARAMETERS);
  const clauses = parseSearchQuery(query);
  const below = page === null ? Infinity : positionOfPage(books, page);
  const size = limit ?? DEFAULT_LIMIT;
  return () => {
    // One more than the page, to know whether there is a next one.
    const found = books.search.find(clauses, { below, limit: size + 1 });
    const shown = found.slice(0, size);
    const last = found.length > size ? shown.at(-1) : undefined;
    const body = {
      object: 'search_result',
      data: shown.map((intent) => toObject(intent, books)),
      has_more: last !== undefined,
      next_page: last === undefined ? null : pageAfter(last),
      url: '/v1/payment_intents/search',
    };
    return { status: 200, body };
  };
}

/** The token of the next page, which stays valid after a restart. Clients must not read it. */
function pageAfter({ id }: Intent): string {
  return Buffer.from(id).toString('base64url');
}

function positionOfPage(books: Books, page: string): number {
  const position = books.intents.positionOf(Buffer.from(page, 'base64url').toString());
  if (position !== undefined) return position;
  throw invalid(`Invalid page: ${page}. Use the next_page of a previous response.`, { param: 'page' });
}
