import { IsOptional, IsString, Matches, Validate } from 'class-validator';
import { REASON, REASON_MESSAGE } from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

export class CancelOrderInput {
  // Anything may be asked for: what names no order of the caller's is not found.
  @IsString()
  orderId!: string;

  @IsOptional()
  @Matches(REASON, { message: REASON_MESSAGE })
  @Validate(NotACardNumber)
  reason?: string | null;
}
