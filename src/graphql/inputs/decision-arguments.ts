import { Transform } from 'class-transformer';
import { IsString, Matches, Validate } from 'class-validator';
import { isBlank, REASON, REASON_MESSAGE, reasonText } from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

/** What an operator decides on, and why. */
export class DecisionArguments {
  // Not checked for its format: any other text is the id of nothing.
  @IsString()
  id!: string;

  // Required here: spaces alone are not a reason.
  @Transform(({ value }) => (isBlank(value) ? '' : reasonText(value)))
  @Matches(REASON, { message: REASON_MESSAGE })
  @Validate(NotACardNumber)
  reason!: string;
}
