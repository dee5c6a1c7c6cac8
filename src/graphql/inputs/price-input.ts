import { IsInt, Min, Validate } from 'class-validator';
import { IsCurrency } from './is-currency.js';

/** What a product costs: in a currency that there is, since the payment gateway would refuse each of its orders. */
export class PriceInput {
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be at least 1' })
  amount!: number;

  @Validate(IsCurrency)
  currency!: string;
}
