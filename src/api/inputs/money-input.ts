import { IsInt, Min, Validate } from 'class-validator';
import { IsCurrency } from './is-currency.js';

export class MoneyInput {
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  amount!: number;

  @Validate(IsCurrency)
  currency!: string;
}
