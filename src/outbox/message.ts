/** An order is to be charged. */
export const CHARGE_ORDER = 'CHARGE_ORDER';
/** An order is being cancelled: money that was taken is to be returned. */
export const REFUND_ORDER = 'REFUND_ORDER';

export const MESSAGE_KINDS = [CHARGE_ORDER, REFUND_ORDER] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

export interface OutboxMessage {
  readonly id: bigint;
  readonly kind: MessageKind;
  readonly orderId: string;
}
