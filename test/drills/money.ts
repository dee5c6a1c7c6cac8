/** In minor units. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** As the sandbox's control endpoint has it: with currencies in lower case. */
export interface WrongCharge {
  readonly orderId: string;
  readonly asked: Money;
  readonly charged: Money;
}
