import type { Outcome } from '../state/records.js';
import type { Collection } from '../state/collection.js';
import type { FormRecord } from './form.js';
import { integer, readParameters, text } from './parameters.js';
import { invalid, missing } from './errors.js';

/** Stripe's paging parameters, see https://docs.stripe.com/api/pagination. */
export const PAGE_PARAMETERS = {
  limit: integer(1, 100),
  starting_after: text,
  ending_before: text,
  created: createdBetween,
};

export interface PageRequest {
  readonly limit: number | null;
  readonly starting_after: string | null;
  readonly ending_before: string | null;
  /** in seconds, both inclusive */
  readonly created: { readonly from: number; readonly to: number };
}

/** `created` is a time, or bounds such as `created[gte]=…`. */
function createdBetween(form: FormRecord, name: string): PageRequest['created'] {
  const created = form[name];
  const time = integer(0);
  if (typeof created === 'string') {
    const at = time(form, name) ?? 0;
    return { from: at, to: at };
  }
  const bounds = readParameters(created ?? {}, { gt: time, gte: time, lt: time, lte: time });
  return {
    from: Math.max(bounds.gte ?? 0, (bounds.gt ?? -1) + 1),
    to: Math.min(bounds.lte ?? Number.MAX_SAFE_INTEGER, (bounds.lt ?? Infinity) - 1),
  };
}

/** @throws StripeProblem 400 where both cursors are given */
export function requireOneEnd(request: PageRequest): void {
  if (request.starting_after === null || request.ending_before === null) return;
  throw invalid('You may only specify one of these parameters: ending_before, starting_after.');
}

/**
 * Returns one page, newest first.
 *
 * @param records in the order of their creation times
 * @param kind the kind of object, for error messages
 * @throws StripeProblem 400 `resource_missing` for an unknown cursor
 */
export function listPage<Kept extends { readonly created: number }>(
  records: Collection<Kept>,
  request: PageRequest,
  { kind, url, objectOf }: { kind: string; url: string; objectOf: (kept: Kept) => object },
): Outcome {
  const { all } = records;
  const cursor = (param: 'starting_after' | 'ending_before'): number | undefined => {
    const id = request[param];
    if (id === null) return undefined;
    const position = records.positionOf(id);
    if (position === undefined) throw missing(kind, id, param, 400);
    return position;
  };
  const limit = request.limit ?? 10;
  const after = cursor('starting_after');
  const before = cursor('ending_before');
  const low = Math.max(firstCreatedFrom(all, request.created.from), (before ?? -1) + 1);
  const high = Math.min(firstCreatedFrom(all, request.created.to + 1), after ?? all.length);
  // With ending_before, the page has the records next to the cursor, although newer ones may exist.
  const from = before === undefined ? Math.max(low, high - limit) : low;
  const page = all.slice(from, Math.max(from, Math.min(high, from + limit))).reverse();
  const data = page.map(objectOf);
  return { status: 200, body: { object: 'list', data, has_more: page.length < high - low, url } };
}

/** The index of the first record created at that second or later. */
function firstCreatedFrom(records: readonly { readonly created: number }[], second: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.created ?? 0) < second) low = middle + 1;
    else high = middle;
  }
  return low;
}
