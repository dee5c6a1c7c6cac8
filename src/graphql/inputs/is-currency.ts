import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { isCurrency } from '../../money/currencies.js';

/** A code that ISO 4217 has: an invented one would be refused by the payment gateway, order after order. */
@ValidatorConstraint({ name: 'isCurrency' })
export class IsCurrency implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isCurrency(value);
  }

  defaultMessage(): string {
    return 'must be an ISO 4217 code in upper case';
  }
}
