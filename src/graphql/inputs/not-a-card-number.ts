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

/**
 * How the numbers begin that card issuers give out, and how many digits those have: Visa, Mastercard,
 * American Express, Diners Club, Discover, JCB, UnionPay and Maestro (ISO/IEC 7812 and the issuers' own lists).
 */
const ISSUED =
  /^(?:4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|(?:5[06-8]|6\d)\d{12,17})$/;
const SHORTEST = 14;
const LONGEST = 19;

/** Digits with any space, line break, dash, slash or other usual sign between them, at most three in a row. */
const GROUPS = /\d+(?:[\p{Zs}\p{Pd}\t\n/\\|._,·•−]{1,3}\d+)*/gu;
/** Its digits are random, or a time's. */
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
/** Milli-, micro- or nanoseconds since 1970, of the years 2017 to 2033. */
const TIMESTAMP = /^1[5-9]\d{11}(?:\d{3}){0,2}$/;

/**
 * Card numbers have 12 to 19 digits (ISO/IEC 7812). With usual grouping, any that has the right check digit is
 * taken for one; in unusual grouping or among other digits only what an issuer gives out, because dates, telephone
 * numbers and ids have many digits, too. Digits of other alphabets, such as full-width ones, count as ours.
 * What is printed on goods is none: 13 digits with the check digit of an EAN (issuers gave 13 to the first Visa cards
 * only, and one of ten of those would pass for an EAN).
 */
export function looksLikeCardNumber(value: string): boolean {
  const text = asciiDigits(value.normalize('NFKC'));
  const compact = text.replace(/[ ._-]/g, '');
  if (/^\d{12,19}$/.test(compact) && !isEan(compact)) return true;
  const runs = compact.match(/\d{13,19}/g) ?? [];
  if (runs.some((digits) => passesLuhn(digits) && !isEan(digits))) return true;
  return (text.replace(UUID, 'x').match(GROUPS) ?? []).some(holdsIssuedNumber);
}

/** NFKC leaves alone the digits of other scripts, which come in tens, from zero to nine. */
function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(valueOf(digit)));
}

function valueOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return code - zero;
}

/** Whether a card number stands in one group among other digits, or is made of neighbouring groups. */
function holdsIssuedNumber(run: string): boolean {
  const groups = run.match(/\d+/g) ?? [];
  return (
    groups.some(holdsInside) || groups.some((_, first) => startsWithin(groups.slice(first, first + LONGEST)))
  );
}

function holdsInside(group: string): boolean {
  if (TIMESTAMP.test(group)) return false;
  for (let start = 0; start + SHORTEST <= group.length; start += 1) {
    for (let length = SHORTEST; length <= LONGEST; length += 1) {
      if (isIssued(group.slice(start, start + length))) return true;
    }
  }
  return false;
}

/** Cards group at least three digits, or all alike: a pair of dates in days and months does neither. */
function startsWithin(groups: readonly string[]): boolean {
  let digits = '';
  for (const [index, group] of groups.entries()) {
    digits += group;
    if (digits.length > LONGEST) return false;
    if (isIssued(digits) && isGroupedAsCard(groups.slice(0, index))) return true;
  }
  return false;
}

function isGroupedAsCard(allButLast: readonly string[]): boolean {
  const lengths = allButLast.map(({ length }) => length);
  return lengths.every((length) => length >= 3) || new Set(lengths).size === 1;
}

function isIssued(digits: string): boolean {
  return ISSUED.test(digits) && passesLuhn(digits);
}

/** EAN-13, which ISBNs are as well. */
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
