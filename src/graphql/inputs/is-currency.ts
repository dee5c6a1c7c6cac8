import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { isCurrency } from '../../money/currencies.js';

/** A code of ISO 4217. With any other, the payment gateway would reject every order of the product. */
@ValidatorConstraint({ name: 'isCurrency' })
export class IsCurrency implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isCurrency(value);
  }

  defaultMessage(): string {
    return 'must be an ISO 4217 code in upper case';
  }
}
