/** The invariants, as claims. */
export type Invariant =
  | 'at most one capture under an order key'
  | 'no more is returned than was taken'
  | 'a CONFIRMED order has its money'
  | 'a failed or cancelled order keeps no money'
  | 'a refund overlooks no money that can be found'
  | 'every event is in the lifecycle table'
  | 'every order can come to rest';

/** A step that breaks an invariant, whatever state it leads to. */
export class BrokenStep extends Error {
  constructor(
    readonly broken: Invariant,
    message: string,
  ) {
    super(message);
  }
}
