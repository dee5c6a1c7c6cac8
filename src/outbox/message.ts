/** A customer's order waits for its charge. */
export const CHARGE_ORDER = 'CHARGE_ORDER';
/** A cancelled order's money, if any moved, is to be returned. */
export const REFUND_ORDER = 'REFUND_ORDER';

/** The kinds of work that cross from PostgreSQL to the queue. */
export const MESSAGE_KINDS = [CHARGE_ORDER, REFUND_ORDER] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface OutboxMessage {
  readonly id: bigint;
  readonly kind: MessageKind;
  readonly orderId: string;
}
