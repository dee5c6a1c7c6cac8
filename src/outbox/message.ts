/** A customer's order waits for its charge. */
export const CHARGE_ORDER = 'CHARGE_ORDER';

/** The kinds of work that cross from PostgreSQL to the queue. A relay leaves kinds that it doesn't know alone. */
export const MESSAGE_KINDS = [CHARGE_ORDER] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface OutboxMessage {
  readonly id: bigint;
  readonly kind: MessageKind;
  readonly orderId: string;
}
