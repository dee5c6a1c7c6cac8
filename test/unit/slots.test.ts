import { expect, test } from '@jest/globals';
import { Slots } from '../../src/http/slots.js';

test('slots are counted by key, and free again after their release', () => {
  const slots = new Slots(2);
  slots.take('a');
  expect(slots.hasFree('a')).toBe(true);
  slots.take('a');
  expect([slots.hasFree('a'), slots.hasFree('b')]).toEqual([false, true]);
  slots.release('a');
  expect(slots.hasFree('a')).toBe(true);
  slots.release('a');
  slots.take('a');
  slots.take('a');
  expect(slots.hasFree('a')).toBe(false);
});
