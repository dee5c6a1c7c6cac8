import { GENERATIONS, KEY_NUMBERS } from './bounds.js';
import type { OrderRow } from './state.js';

/** @throws RangeError beyond the model's bounds */
export function keySlot({ generation, keyNumber }: Pick<OrderRow, 'generation' | 'keyNumber'>): number {
  if (generation >= GENERATIONS || keyNumber >= KEY_NUMBERS)
    throw new RangeError('the model needs more keys');
  return generation * KEY_NUMBERS + keyNumber;
}

export function generationOf(slot: number): number {
  return Math.floor(slot / KEY_NUMBERS);
}
