import { Transform } from 'class-transformer';
import { IsOptional, IsString, Matches, Validate } from 'class-validator';
import { isBlank, REASON, REASON_MESSAGE, reasonText } from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

export class CancelOrderInput {
  // Not checked for its format: any other text is the id of no order.
  @IsString()
  orderId!: string;

  // Forms send an empty string for an empty field.
  @Transform(({ value }) => (isBlank(value) ? null : reasonText(value)))
  @IsOptional()
  @Matches(REASON, { message: REASON_MESSAGE })
  @Validate(NotACardNumber)
  reason?: string | null;
}
