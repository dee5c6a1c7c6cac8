import { Transform } from 'class-transformer';
import { IsOptional, IsString, Matches, Validate } from 'class-validator';
import { isBlank, REASON, REASON_MESSAGE, reasonText } from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

export class CancelOrderInput {
  // Anything may be asked for: what names no order of the caller's is not found.
  @IsString()
  orderId!: string;

  // Forms send an empty text for a field that nobody filled in.
  @Transform(({ value }) => (isBlank(value) ? null : reasonText(value)))
  @IsOptional()
  @Matches(REASON, { message: REASON_MESSAGE })
  @Validate(NotACardNumber)
  reason?: string | null;
}
