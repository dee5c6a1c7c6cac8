import {
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { chargeStep } from '../../payments/stripe/stripe-units.js';
import type { PriceInput } from './price-input.js';

/** A price that the gateway can charge. If every price is a multiple of the currency's step, so is every total. */
@ValidatorConstraint({ name: 'chargeablePrice' })
export class ChargeablePrice implements ValidatorConstraintInterface {
  validate(price: unknown): boolean {
    const { amount, currency } = (price ?? {}) as Partial<PriceInput>;
    // The rules of amount and currency report values of other types.
    if (typeof amount !== 'number' || typeof currency !== 'string') return true;
    return amount % chargeStep(currency) === 0;
  }

  defaultMessage({ value }: ValidationArguments): string {
    const { currency } = value as PriceInput;
    return `must have an amount that is a multiple of ${chargeStep(currency)} in ${currency}`;
  }
}
