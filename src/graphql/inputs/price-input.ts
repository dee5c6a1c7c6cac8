import { IsInt, Min, Validate } from 'class-validator';
import { IsCurrency } from './is-currency.js';

/** A product's price. MoneyInput, which is only compared, takes any three letters as a currency. */
export class PriceInput {
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  amount!: number;

  @Validate(IsCurrency)
  currency!: string;
}
