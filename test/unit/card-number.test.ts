import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { looksLikeCardNumber } from '../../src/api/inputs/not-a-card-number.js';

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
/** Numbers of 13 to 19 digits with a right check digit. */
const cardNumber = digits(12, 18).map((body) => body + checkDigit(body));

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
  ])('says yes to %s', (value) => {
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
  ])('says no to %j', (value) => {
    expect(looksLikeCardNumber(value)).toBe(false);
  });

  test('finds any number with a right check digit, grouped in any way and with letters around it', () => {
    const separator = fc.constantFrom('', ' ', '-', '.', '_');
    fc.assert(
      fc.property(cardNumber, separator, fc.boolean(), (number, between, wrapped) => {
        const grouped = number.replace(/(\d{4})(?=\d)/g, `$1${between}`);
        expect(looksLikeCardNumber(wrapped ? `pm_${grouped}x` : grouped)).toBe(true);
      }),
    );
  });

  test('takes any run of 12 to 19 bare digits for a card number, right or not', () => {
    fc.assert(fc.property(digits(12, 19), looksLikeCardNumber));
  });

  test('lets tokens with few digits in a row pass', () => {
    const token = fc.stringMatching(/^pm_([A-Za-z]{1,3}[0-9]{1,4}){1,6}$/);
    fc.assert(fc.property(token, (value) => !looksLikeCardNumber(value)));
  });
});
