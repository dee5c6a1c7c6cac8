/** In minor units. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** The form of the sandbox's control endpoint, with the currency in lower case. */
export interface WrongCharge {
  readonly orderId: string;
  readonly asked: Money;
  readonly charged: Money;
}
