/** No path within a test's budget needs more; one that did would throw a RangeError. */
export const MAX_INTENTS = 4;
export const GENERATIONS = 3;
export const KEY_NUMBERS = 3;
