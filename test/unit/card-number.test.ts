import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { looksLikeCardNumber } from '../../src/graphql/inputs/not-a-card-number.js';

function checkDigit(digits: string): string {
  let sum = 0;
  for (const [index, digit] of digits.split('').toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += Math.floor(value / 10) + (value % 10);
  }
  return String((10 - (sum % 10)) % 10);
}

const digits = (minLength: number, maxLength: number) =>
  fc.string({
    unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    minLength,
    maxLength,
  });
/** Whether it is a product's barcode: the weights of its digits alternate between 1 and 3. */
function isEan(number: string): boolean {
  const weighted = number.split('').map((digit, index) => Number(digit) * (index % 2 === 0 ? 1 : 3));
  return number.length === 13 && weighted.reduce((sum, value) => sum + value, 0) % 10 === 0;
}
/** Numbers of 13 to 19 digits with a valid check digit. */
const cardNumber = digits(12, 18)
  .map((body) => body + checkDigit(body))
  .filter((number) => !isEan(number));

describe('looksLikeCardNumber', () => {
  test.each([
    '4242424242424242',
    '4242 4242 4242 4242',
    '4242-4242-4242-4242',
    '4242.4242.4242.4242',
    '4242_4242_4242_4242',
    '  4242424242424242  ',
    '378282246310005',
    '3782 822463 10005',
    '6759649826438453',
    '123456789012',
    '4242424242424241',
    'card_4242424242424242',
    'pan-4242-4242-4242-4242-x',
    '4242\u00a04242\u00a04242\u00a04242',
    '4242\u20094242\u20094242\u20094242',
    '4242\u30004242\u30004242\u30004242',
    '4242\u20134242\u20134242\u20134242',
    '4242\u22124242\u22124242\u22124242',
    '4242/4242/4242/4242',
    '4242 / 4242 / 4242 / 4242',
    'charge 4242\\4242\\4242\\4242, please',
    '3782/822463/10005',
    '42/42/42/42/42/42/42/42',
    '４２４２４２４２４２４２４２４２',
    '４２４２ ４２４２ ４２４２ ４２４２',
    '٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢',
    '𝟜𝟚𝟜𝟚𝟜𝟚𝟜𝟚𝟜𝟚𝟜𝟚𝟜𝟚𝟜𝟚',
    '4242 4242 4242 4242 12/26 123',
    '4242424242424242 1226',
    'no 7, 4242 4242 4242 4242',
    '42424242424242421226123',
    '994242424242424242',
    'x424242424242424299x',
    '5555/5555/5555/4444 or 1/2',
    '2223\u20130031\u20132200\u20133222',
    '6011/1111/1111/1117',
    '3056/930902/5904',
    '4242 4242\n4242 4242',
    '4222222222222',
    '4006381333932',
    'card 4222222222222, please',
  ])('finds a card number in %s', (value) => {
    expect(looksLikeCardNumber(value)).toBe(true);
  });

  test.each([
    '',
    'pm_card_visa',
    'pm_1PXyZk2eZvKYlo2CqYxJ8Q5r',
    'tok_visa',
    '12345678901',
    '123-456',
    'pm_1234567890124',
    'card_4242',
    '0190a5ad-0000-7000-8000-000000000000',
    'order 0190a5ad-1234-7123-8123-123456789012 came late',
    '2026-11-22',
    'from 2026-11-22T10:15:30.123Z to 2026-11-29T10:15:30.123Z',
    '2026-11-22/2026-11-29, twice',
    'between 23/11/2026 - 30/11/2026',
    'at 1764842400123 it failed',
    'at 1764842400123456789 it failed',
    '+49 30 901820',
    'call +49 (0)30 9018 2012 or 030/9018 2013',
    '+1 (555) 123-4567',
    'call 0049 151 2345 678',
    '4006381333931',
    '5901234123457',
    '9783161484100',
    '978-3-16-148410-0',
    ' 4006381333931 ',
    'EAN 4006381333931 came, and not 5901234123457',
    // This one has a valid check digit of a card, too.
    '4006381000093',
  ])('finds no card number in %j', (value) => {
    expect(looksLikeCardNumber(value)).toBe(false);
  });

  test('finds any number with a valid check digit, in groups and between letters', () => {
    const separator = fc.constantFrom('', ' ', '-', '.', '_');
    fc.assert(
      fc.property(cardNumber, separator, fc.boolean(), (number, between, wrapped) => {
        const grouped = number.replace(/(\d{4})(?=\d)/g, `$1${between}`);
        expect(looksLikeCardNumber(wrapped ? `pm_${grouped}x` : grouped)).toBe(true);
      }),
    );
  });

  test('finds an issued number with any kind of space or dash in it, and with digits next to it', () => {
    const visa = digits(14, 14).map((body) => `4${body}${checkDigit(`4${body}`)}`);
    const separator = fc.constantFrom(
      ' ',
      '\u00a0',
      '\u2007',
      '\u202f',
      '/',
      '\u2010',
      '\u2011',
      '\u2013',
      '\u2014',
    );
    fc.assert(
      fc.property(visa, separator, fc.nat(99), (number, between, other) => {
        expect(looksLikeCardNumber(`a ${number.replace(/(\d{4})(?=\d)/g, `$1${between}`)} b`)).toBe(true);
        expect(looksLikeCardNumber(`a ${other}${number}${other} b`)).toBe(true);
        const wide = number.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
        expect(looksLikeCardNumber(`a ${wide} b`)).toBe(true);
      }),
    );
  });

  test('finds no card number in ids and timestamps, unless usual grouping makes 13 digits in a row', () => {
    const usual = (text: string) => /\d{13}/.test(text.replace(/[ ._-]/g, ''));
    const time = fc.integer({ min: 1_500_000_000_000, max: 1_999_999_999_999 });
    fc.assert(
      fc.property(fc.uuid(), time, (id, ms) => {
        const iso = new Date(ms).toISOString();
        for (const text of [
          `order ${id} of ${iso}`,
          `${iso.slice(0, 10)}/${iso.slice(0, 10)} x`,
          `${iso}/${iso}`,
        ]) {
          if (!usual(text)) expect([text, looksLikeCardNumber(text)]).toEqual([text, false]);
        }
      }),
    );
  });

  test('finds any run of 12 to 19 digits, with a valid check digit or not, unless it is an EAN', () => {
    fc.assert(
      fc.property(digits(12, 19), (number) => {
        expect([number, looksLikeCardNumber(number)]).toEqual([number, !isEan(number)]);
      }),
    );
  });

  test('finds no card number in an EAN', () => {
    const ean = digits(13, 13).filter(isEan);
    fc.assert(fc.property(ean, (number) => !looksLikeCardNumber(number)));
  });

  test('finds no card number in a token with few digits in a row', () => {
    const token = fc.stringMatching(/^pm_([A-Za-z]{1,3}[0-9]{1,4}){1,6}$/);
    fc.assert(fc.property(token, (value) => !looksLikeCardNumber(value)));
  });
});
