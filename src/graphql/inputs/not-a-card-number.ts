import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';

/** Rejects text with a card number, so that none is stored, logged or passed on. The message does not quote it. */
@ValidatorConstraint({ name: 'notACardNumber' })
export class NotACardNumber implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && !looksLikeCardNumber(value);
  }

  defaultMessage(): string {
    return 'must not be a card number';
  }
}

/**
 * Prefixes and lengths of issued card numbers: Visa, Mastercard, American Express, Diners Club, Discover, JCB, UnionPay
 * and Maestro (ISO/IEC 7812 and the issuers' own lists).
 */
const ISSUED =
  /^(?:4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|(?:5[06-8]|6\d)\d{12,17})$/;
const MIN_DIGITS = 14;
const MAX_DIGITS = 19;

/** Groups of digits, with up to three spaces, line breaks, dashes, slashes or other common separators between them. */
const GROUPS = /\d+(?:[\p{Zs}\p{Pd}\t\n/\\|._,·•−]{1,3}\d+)*/gu;
/** The digits of a UUID are random or a timestamp, and can look like a card number. */
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
/** Milli-, micro- or nanoseconds since 1970, of the years 2017 to 2033. */
const TIMESTAMP = /^1[5-9]\d{11}(?:\d{3}){0,2}$/;

/**
 * Whether a text contains what may be a card number: 12 to 19 digits (ISO/IEC 7812). With common separators, any digits
 * with a valid check digit count. In unusual groups or among other digits only numbers that issuers use count, because
 * dates, telephone numbers and ids have many digits, too. Digits of other scripts, such as full-width ones, count as
 * ASCII digits. Product codes do not count: 13 digits with the check digit of an EAN. (Only the first Visa cards had 13
 * digits, and one in ten of those passes as an EAN.)
 */
export function looksLikeCardNumber(value: string): boolean {
  const text = asciiDigits(value.normalize('NFKC'));
  const compact = text.replace(/[ ._-]/g, '');
  if (/^\d{12,19}$/.test(compact) && !isEan(compact)) return true;
  const runs = compact.match(/\d{13,19}/g) ?? [];
  if (runs.some((digits) => passesLuhn(digits) && !isEan(digits))) return true;
  return (text.replace(UUID, 'x').match(GROUPS) ?? []).some(containsIssuedNumber);
}

/** NFKC does not change digits of other scripts. Unicode has them in runs of ten, from zero to nine. */
function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return code - zero;
}

/** Whether one group contains an issued number, or adjacent groups make one up. */
function containsIssuedNumber(run: string): boolean {
  const groups = run.match(/\d+/g) ?? [];
  return (
    groups.some(groupContainsIssuedNumber) ||
    groups.some((_, first) => startsWithIssuedNumber(groups.slice(first, first + MAX_DIGITS)))
  );
}

function groupContainsIssuedNumber(group: string): boolean {
  if (TIMESTAMP.test(group)) return false;
  for (let start = 0; start + MIN_DIGITS <= group.length; start += 1) {
    for (let length = MIN_DIGITS; length <= MAX_DIGITS; length += 1) {
      if (isIssued(group.slice(start, start + length))) return true;
    }
  }
  return false;
}

/** Cards have groups of three or more digits, or of equal length. Two dates of days and months have neither. */
function startsWithIssuedNumber(groups: readonly string[]): boolean {
  let digits = '';
  for (const [index, group] of groups.entries()) {
    digits += group;
    if (digits.length > MAX_DIGITS) return false;
    if (isIssued(digits) && hasCardGrouping(groups.slice(0, index))) return true;
  }
  return false;
}

function hasCardGrouping(allButLast: readonly string[]): boolean {
  const lengths = allButLast.map(({ length }) => length);
  return lengths.every((length) => length >= 3) || new Set(lengths).size === 1;
}

function isIssued(digits: string): boolean {
  return ISSUED.test(digits) && passesLuhn(digits);
}

/** EAN-13, including ISBN-13. */
function isEan(digits: string): boolean {
  if (digits.length !== 13) return false;
  const sum = Array.from(digits, Number).reduce(
    (total, digit, index) => total + digit * (index % 2 === 0 ? 1 : 3),
    0,
  );
  return sum % 10 === 0;
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
