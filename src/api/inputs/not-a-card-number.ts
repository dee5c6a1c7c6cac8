import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';

/** Refuses what looks like a card number, so that none is stored, logged or sent on. The message never repeats it. */
@ValidatorConstraint({ name: 'notACardNumber' })
export class NotACardNumber implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && !looksLikeCardNumber(value);
  }

  defaultMessage(): string {
    return 'must not be a card number';
  }
}

/** Card numbers have 12 to 19 digits (ISO/IEC 7812); grouping characters are looked through. */
export function looksLikeCardNumber(value: string): boolean {
  const compact = value.replace(/[ ._-]/g, '');
  if (/^\d{12,19}$/.test(compact)) return true;
  return (compact.match(/\d{13,19}/g) ?? []).some(passesLuhn);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
