import type { SeenEvent, SeenOrder } from '../evidence.js';

/** The outcome of a createOrder call. unknown: it may or may not have made the order. */
export type CreateOutcome =
  | { readonly kind: 'success'; readonly order: SeenOrder; readonly replayed: boolean }
  | { readonly kind: 'reused' }
  | { readonly kind: 'refused'; readonly typename: string }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unreadable' };

export type CancelOutcome =
  | { readonly kind: 'success'; readonly order: SeenOrder }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-cancellable'; readonly status: string }
  | { readonly kind: 'failed' | 'unknown' | 'unreadable' };

export type PayOutcome =
  | { readonly kind: 'success'; readonly order: SeenOrder }
  | { readonly kind: 'not-payable'; readonly status: string }
  | { readonly kind: 'reused' | 'not-found' | 'failed' | 'unknown' | 'unreadable' };

interface Ended {
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly answer: unknown;
}

export function readCreate({ outcome, answer }: Ended): CreateOutcome {
  if (!isRecord(answer)) return withoutAnswer(outcome);
  const order = orderIn(answer['order']);
  const { __typename: typename, replayed } = answer;
  switch (typename) {
    case 'CreateOrderSuccess':
      return order !== undefined && typeof replayed === 'boolean'
        ? { kind: 'success', order, replayed }
        : { kind: 'unreadable' };
    case 'IdempotencyKeyReused':
      return { kind: 'reused' };
    case 'ProductUnavailable':
    case 'PriceChanged':
      return { kind: 'refused', typename };
    default:
      return { kind: 'unreadable' };
  }
}

export function readCancel({ outcome, answer }: Ended): CancelOutcome {
  if (!isRecord(answer)) return withoutAnswer(outcome);
  const order = orderIn(answer['order']);
  const { __typename: typename, status } = answer;
  if (typename === 'CancelOrderSuccess' && order !== undefined) return { kind: 'success', order };
  if (typename === 'OrderNotFound') return { kind: 'not-found' };
  if (typename === 'OrderNotCancellable' && typeof status === 'string') {
    return { kind: 'not-cancellable', status };
  }
  return { kind: 'unreadable' };
}

export function readPay({ outcome, answer }: Ended): PayOutcome {
  if (!isRecord(answer)) return withoutAnswer(outcome);
  const order = orderIn(answer['order']);
  const { __typename: typename, status, replayed } = answer;
  if (typename === 'PayOrderSuccess' && order !== undefined && typeof replayed === 'boolean')
    return { kind: 'success', order };
  if (typename === 'IdempotencyKeyReused') return { kind: 'reused' };
  if (typename === 'OrderNotFound') return { kind: 'not-found' };
  if (typename === 'OrderNotPayable' && typeof status === 'string') return { kind: 'not-payable', status };
  return { kind: 'unreadable' };
}

/** Whether completePaymentAction can answer so. */
export function isCompletion(answer: unknown): boolean {
  if (!isRecord(answer)) return false;
  const { __typename: typename, order } = answer;
  return typename === 'CompletePaymentActionSuccess'
    ? orderIn(order) !== undefined
    : typename === 'OrderNotFound';
}

function withoutAnswer(outcome: Ended['outcome']): {
  readonly kind: 'failed' | 'unknown' | 'unreadable';
} {
  if (outcome === 'ok') return { kind: 'unreadable' };
  return { kind: outcome === 'fail' ? 'failed' : 'unknown' };
}

/** The order that an answer shows, if it is one. */
export function orderIn(value: unknown): SeenOrder | undefined {
  if (!isRecord(value) || !isRecord(value['total'])) return undefined;
  const { id, status, version, idempotencyKey, total } = value;
  const { amount, currency } = total;
  const readable =
    typeof id === 'string' &&
    typeof status === 'string' &&
    typeof version === 'number' &&
    typeof idempotencyKey === 'string' &&
    typeof amount === 'number' &&
    typeof currency === 'string';
  return readable ? { id, status, version, idempotencyKey, total: { amount, currency } } : undefined;
}

export function typenameIn(answer: unknown): string | undefined {
  const typename = isRecord(answer) ? answer['__typename'] : undefined;
  return typeof typename === 'string' ? typename : undefined;
}

const EVENT_FIELDS = [
  'orderId',
  'version',
  'type',
  'status',
  'previousStatus',
  'detail',
  'occurredAt',
] as const;

/** The names of the fields in which two events differ. */
export function differences(seen: SeenEvent, stored: SeenEvent): string[] {
  return EVENT_FIELDS.filter((field) => seen[field] !== stored[field]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
