import type {
  Completion,
  CreateOrder,
  Evidence,
  FinalOrder,
  Frame,
  FrameEnd,
  Invocation,
  Operation,
  SeenOrder,
} from '../../drills/evidence.js';
import { orderKeyOf } from '../../drills/checker/moved-money.js';
import type { GatewayPayment, StoredDiscrepancy } from '../../drills/money.js';
import { type Draft, emptyEvidence, finalOrder, type Life, LIVES } from './drill-lives.js';

interface Ending {
  readonly type: Completion['type'];
  readonly answer?: unknown;
  readonly error?: Completion['error'];
}

/** Builds evidence call by call and order by order; a test can then break anything in `draft`. */
export class DrillEvidence {
  readonly draft: Draft<Evidence> = emptyEvidence();
  private readonly labels = new Map<string, number>();
  private clock = 0;

  /** The time of the next call. */
  get now(): number {
    return this.clock;
  }

  wait(durationMs: number): void {
    this.clock += durationMs;
  }

  /** @param label its name in a test */
  call(label: string, customer: string, operation: Operation, ending: Ending): number {
    const call = this.labels.size + 1;
    this.labels.set(label, call);
    this.clock += 10;
    this.draft.history.push({
      type: 'invoke',
      at: this.clock,
      call,
      customer,
      operation,
    } as Draft<Invocation>);
    this.clock += 10;
    this.draft.history.push({ at: this.clock, call, ...ending } as Draft<Completion>);
    return call;
  }

  /** Makes the call end after the start of the next one. */
  overlapNext(label: string): void {
    this.completion(label).at += 15;
  }

  /** An order as the API, its customer, the tables and the ledger see it at the end. */
  order(id: string, customer: string, input: CreateOrder, life: Life): void {
    const { draft } = this;
    const order = finalOrder(id, input, LIVES[life], this.clock);
    const { status, version, total, idempotencyKey } = order;
    draft.final.orders.push(order);
    (draft.final.listed[customer] ??= []).push(id);
    draft.final.byKey.push({ customer, key: input.key, orderId: id });
    draft.dump.orders.push({
      id,
      customerId: customer,
      idempotencyKey,
      status,
      version,
      totalAmount: total.amount,
      currency: total.currency,
      lastEvent: order.events.at(-1)?.type ?? '',
      itemCount: order.items.length,
      eventCount: order.events.length,
      messageCount: 3,
    });
    if (order.events.some(({ type }) => type === 'PAYMENT_SUCCEEDED')) {
      const refunds = life === 'returned' ? 1 : 0;
      this.money(id, { captured: total.amount, refunds });
    }
  }

  /** A payment of a stored order, as the gateway and the tables have it. */
  money(orderId: string, money: { readonly captured: number; readonly refunds: number }): void {
    const { customerId, idempotencyKey } = this.row(orderId);
    this.payment(orderId, orderKeyOf(customerId, idempotencyKey), money);
    this.draft.dump.payments.push({ orderId, paymentId: `pi-${orderId}` });
  }

  /** A payment of an order, stored or not, that was made now, as the gateway has it. */
  payment(
    orderId: string,
    orderKey: string,
    { captured, refunds }: { readonly captured: number; readonly refunds: number },
  ): void {
    const { draft } = this;
    const refunded = refunds * captured;
    draft.ledger.push({ orderId, captured, refunded, currency: 'eur', captures: 1, refunds });
    this.booked({ id: `pi-${orderId}`, orderId, orderKey, received: captured, returned: refunded });
  }

  /** A payment in the gateway's books, made now. */
  booked(payment: Pick<GatewayPayment, 'id' | 'orderId' | 'orderKey' | 'received' | 'returned'>): void {
    const createdAt = new Date(Date.parse(this.draft.run.startedAt) + this.clock).toISOString();
    const common = { currency: 'EUR', dispute: 'none', waitsForCustomer: false } as const;
    this.draft.payments.push({ ...common, createdAt, ...payment });
  }

  /** A discrepancy of an order's payment, open unless it says otherwise. */
  discrepancy(entry: Pick<StoredDiscrepancy, 'kind'> & Partial<StoredDiscrepancy>): void {
    const { discrepancies } = this.draft.dump;
    const id = `discrepancy-${discrepancies.length + 1}`;
    const { orderId = null } = entry;
    const paymentId = `pi-${orderId ?? 'none'}`;
    const common = { state: 'OPEN', foundAmount: null, refundBy: null, resolvedBy: null } as const;
    const stored = { id, orderId, paymentId, ...common, ...entry };
    discrepancies.push(stored);
    const { kind, state } = stored;
    this.draft.final.discrepancies.push({ id, kind, state, gatewayPaymentId: stored.paymentId });
  }

  paymentOf(orderId: string): Draft<GatewayPayment> {
    return found(
      this.draft.payments.find((payment) => payment.orderId === orderId),
      orderId,
    );
  }

  paymentNamed(id: string): Draft<GatewayPayment> {
    return found(
      this.draft.payments.find((payment) => payment.id === id),
      id,
    );
  }

  deadLetter(id: string, orderId: string, state: 'OPEN' | 'RETRIED' | 'DISCARDED'): void {
    const reason = state === 'DISCARDED' ? 'The order was cancelled.' : null;
    this.draft.final.deadLetters.push({ id, order: { id: orderId }, task: 'CHARGE', state, reason });
    this.draft.dump.deadLetters.push({ id, orderId, state });
  }

  /** A subscription of the order's events from one version to another. */
  subscription(
    label: string,
    {
      customer,
      orderId,
      owner,
      afterVersion,
      sees,
    }: {
      readonly customer: string;
      readonly orderId: string;
      readonly owner: string;
      readonly afterVersion?: number;
      readonly sees: readonly number[];
    },
    end: Pick<FrameEnd, 'how' | 'error'> & { readonly at?: number },
  ): void {
    const operation = {
      name: 'orderEvents',
      orderId,
      owner,
      ...(afterVersion !== undefined && { afterVersion }),
    } as const;
    const call = this.call(label, customer, operation, { type: 'ok', answer: null });
    for (const version of sees) {
      const event = this.storedOrder(orderId).events[version - 1];
      if (event === undefined) throw new RangeError(`${orderId} has no version ${version}`);
      this.draft.frames.push({ type: 'frame', at: (this.clock += 10), call, event: { ...event } });
    }
    const endsAt = end.at ?? (this.clock += 10);
    this.draft.frames.push({ type: 'end', call, ...end, at: endsAt });
    this.completion(label).at = endsAt;
  }

  callNumber(label: string): number {
    return found(this.labels.get(label), label);
  }

  invocation(label: string): Draft<Invocation> {
    const call = this.callNumber(label);
    return found(
      this.draft.history.find((entry) => entry.type === 'invoke' && entry.call === call),
      label,
    ) as Draft<Invocation>;
  }

  completion(label: string): Draft<Completion> {
    const call = this.callNumber(label);
    return found(
      this.draft.history.find((entry) => entry.type !== 'invoke' && entry.call === call),
      label,
    ) as Draft<Completion>;
  }

  frames(label: string): Draft<Frame>[] {
    const call = this.callNumber(label);
    return this.draft.frames.filter(
      (entry) => entry.type === 'frame' && entry.call === call,
    ) as Draft<Frame>[];
  }

  end(label: string): Draft<FrameEnd> {
    const call = this.callNumber(label);
    return found(
      this.draft.frames.find((entry) => entry.type === 'end' && entry.call === call),
      label,
    ) as Draft<FrameEnd>;
  }

  storedOrder(id: string): Draft<FinalOrder> {
    return found(
      this.draft.final.orders.find((order) => order.id === id),
      id,
    );
  }

  row(id: string): Draft<Evidence['dump']['orders'][number]> {
    return found(
      this.draft.dump.orders.find((row) => row.id === id),
      id,
    );
  }

  ledgerOf(id: string): Draft<Evidence['ledger'][number]> {
    return found(
      this.draft.ledger.find(({ orderId }) => orderId === id),
      id,
    );
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`there is no ${what}`);
  return value;
}

/** Two lines of input: 2 beans and 1 cup make 35 euro. */
export function input(key: string, more: Partial<CreateOrder> = {}): CreateOrder {
  const items = [
    { sku: 'beans', quantity: 2 },
    { sku: 'cup', quantity: 1 },
  ];
  return { name: 'createOrder', key, items, paymentMethod: 'pm_card_visa', intent: 'order', ...more };
}

export function seen(id: string, key: string, status: string, version: number): SeenOrder {
  return { id, status, version, idempotencyKey: key, total: { amount: 3_500, currency: 'EUR' } };
}

export function created(id: string, key: string, replayed = false): Ending {
  const order = seen(id, key, 'PENDING', 1);
  return { type: 'ok', answer: { __typename: 'CreateOrderSuccess', replayed, order } };
}
