import { Transform } from 'class-transformer';
import { IsString, Matches, Validate } from 'class-validator';
import { isBlank, REASON, REASON_MESSAGE, reasonText } from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

export class DeadLetterDecisionArguments {
  // Anything may be asked for: what names no dead letter is not found.
  @IsString()
  id!: string;

  // Whoever gives work up has to say why: spaces alone are no reason.
  @Transform(({ value }) => (isBlank(value) ? '' : reasonText(value)))
  @Matches(REASON, { message: REASON_MESSAGE })
  @Validate(NotACardNumber)
  reason!: string;
}
