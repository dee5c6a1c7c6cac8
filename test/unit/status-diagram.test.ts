import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { TRANSITIONS } from '../../src/orders/lifecycle.js';

test("the README's diagram shows every transition, and no other", () => {
  const readme = readFileSync('README.md', 'utf8');
  const diagram = /```mermaid\nstateDiagram-v2\n([^`]*)```/.exec(readme)?.[1] ?? '';
  const shown = [...diagram.matchAll(/^ {2}(\S+) --> (\w+): (\w+)$/gm)].map(([, from, to, type]) => ({
    type,
    from,
    to,
  }));
  const allowed = Object.entries(TRANSITIONS).flatMap(([type, targets]) =>
    Object.entries(targets).map(([from, to]) => ({ type, from, to })),
  );
  expect(shown).toHaveLength(allowed.length);
  expect(shown).toEqual(expect.arrayContaining(allowed));
});
