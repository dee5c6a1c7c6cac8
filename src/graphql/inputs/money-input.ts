import { IsInt, Matches, Min } from 'class-validator';
import { CURRENCY, CURRENCY_MESSAGE } from './formats.js';

export class MoneyInput {
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  amount!: number;

  @Matches(CURRENCY, { message: CURRENCY_MESSAGE })
  currency!: string;
}
