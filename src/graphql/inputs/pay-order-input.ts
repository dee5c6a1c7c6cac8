import { IsString, Matches, Validate } from 'class-validator';
import {
  IDEMPOTENCY_KEY,
  IDEMPOTENCY_KEY_MESSAGE,
  PAYMENT_METHOD,
  PAYMENT_METHOD_MESSAGE,
} from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

export class PayOrderInput {
  // Not checked for its format: any other text is the id of no order.
  @IsString()
  orderId!: string;

  @Matches(IDEMPOTENCY_KEY, { message: IDEMPOTENCY_KEY_MESSAGE })
  idempotencyKey!: string;

  @Matches(PAYMENT_METHOD, { message: PAYMENT_METHOD_MESSAGE })
  @Validate(NotACardNumber)
  paymentMethod!: string;
}
