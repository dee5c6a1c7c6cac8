import { IsString, Matches, Validate } from 'class-validator';
import { REASON, REASON_MESSAGE } from './formats.js';
import { NotACardNumber } from './not-a-card-number.js';

export class DeadLetterDecisionArguments {
  // Anything may be asked for: what names no dead letter is not found.
  @IsString()
  id!: string;

  @Matches(REASON, { message: REASON_MESSAGE })
  @Validate(NotACardNumber)
  reason!: string;
}
