import fc from 'fast-check';

export const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

/** Texts known to break software: escapes, other scripts, directions, injections, limits. */
const nastyText = fc.constantFrom(
  '',
  ' ',
  '\0',
  'a\nb',
  '\x1b[31m',
  '\u2028',
  '\u202eabc',
  '\ud83d',
  '\ude00x',
  '🍵',
  'ａ',
  '٤',
  "'; DROP TABLE orders; --",
  '" OR ""="',
  '<script>alert(1)</script>',
  '${7*7}{{7*7}}',
  '../../etc/passwd',
  '%00%n%s',
  '__proto__',
  'constructor',
  'null',
  'true',
  '4242424242424242',
  '4242-4242-4242-4242',
  '４２４２４２４２４２４２４２４２',
  ...[63, 64, 65, 254, 255, 256, 500, 501, 10_000].map((length) => 'k'.repeat(length)),
);
export const wildText = fc.oneof(
  nastyText,
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 300, minLength: 200 }),
);
const wildNumber = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    -1,
    0.5,
    1.5,
    1_000,
    1_001,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 53,
    1e15,
    1e-7,
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e14, max: 1e14 }),
);
export const wildJson = fc.oneof(
  wildText,
  wildNumber,
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 4 }),
);
