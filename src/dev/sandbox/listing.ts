import type { FormRecord } from './form-body.js';
import { acceptOnly, optionalInteger, optionalText } from './parameters.js';
import { invalidParameter, resourceMissing } from './stripe-error.js';

/** The names of the parameters that {@link readPageRequest} reads. */
export const PAGE_PARAMETERS = ['limit', 'starting_after', 'ending_before', 'created'] as const;

/** Which part of a list is asked for. The times are in seconds, both included. */
export interface PageRequest {
  readonly limit: number;
  readonly startingAfter: string | undefined;
  readonly endingBefore: string | undefined;
  readonly createdFrom: number;
  readonly createdTo: number;
}

const ANY_TIME = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

/** Reads Stripe's paging parameters, see https://docs.stripe.com/api/pagination. */
export function readPageRequest(form: FormRecord): PageRequest {
  const startingAfter = optionalText(form, 'starting_after');
  const endingBefore = optionalText(form, 'ending_before');
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalidParameter('You may only specify one of these parameters: ending_before, starting_after.');
  }
  const limit = optionalInteger(form, 'limit', { minimum: 1, maximum: 100 }) ?? 10;
  return { limit, startingAfter, endingBefore, ...readCreated(form) };
}

/** `created` is one time, or bounds: `created[gte]=…`. */
function readCreated(form: FormRecord): Pick<PageRequest, 'createdFrom' | 'createdTo'> {
  const created = form['created'];
  if (created === undefined) return { createdFrom: 0, createdTo: ANY_TIME.maximum };
  if (typeof created === 'string') {
    const at = optionalInteger(form, 'created', ANY_TIME) ?? 0;
    return { createdFrom: at, createdTo: at };
  }
  acceptOnly(created, new Set(['gt', 'gte', 'lt', 'lte']));
  const after = optionalInteger(created, 'gt', ANY_TIME);
  const from = optionalInteger(created, 'gte', ANY_TIME) ?? 0;
  const before = optionalInteger(created, 'lt', ANY_TIME);
  const to = optionalInteger(created, 'lte', ANY_TIME) ?? ANY_TIME.maximum;
  return {
    createdFrom: after === undefined ? from : Math.max(from, after + 1),
    createdTo: before === undefined ? to : Math.min(to, before - 1),
  };
}

/**
 * One page, newest first.
 *
 * @param records all records, oldest first, with creation times that never go back
 * @param positionOf where in `records` an id stands
 * @param kind the kind of object for the error's text
 * @throws StripeProblem 400 `resource_missing` for a cursor that names nothing
 */
export function newestFirst<Kept extends { readonly created: number }>(
  records: readonly Kept[],
  positionOf: (id: string) => number | undefined,
  kind: string,
  request: PageRequest,
): { page: Kept[]; hasMore: boolean } {
  const cursor = (id: string, param: string): number => {
    const position = positionOf(id);
    if (position === undefined) throw resourceMissing(kind, id, param, 400);
    return position;
  };
  let low = firstCreatedFrom(records, request.createdFrom);
  let high = firstCreatedFrom(records, request.createdTo + 1);
  if (request.startingAfter !== undefined) {
    high = Math.min(high, cursor(request.startingAfter, 'starting_after'));
  }
  if (request.endingBefore !== undefined) {
    // The page that ends at the cursor: the records next to it, though newer ones may exist.
    low = Math.max(low, cursor(request.endingBefore, 'ending_before') + 1);
    const page = records.slice(low, Math.min(high, low + request.limit)).reverse();
    return { page, hasMore: low + request.limit < high };
  }
  const from = Math.max(low, high - request.limit);
  return { page: from < high ? records.slice(from, high).reverse() : [], hasMore: from > low && from < high };
}

/** The first position whose record was created at that second or later. */
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

/** Stripe's list object. */
export function listObject(url: string, data: readonly object[], hasMore: boolean): object {
  return { object: 'list', data, has_more: hasMore, url };
}
