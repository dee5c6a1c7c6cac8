import { expect, test } from '@jest/globals';
import { TRANSITIONS } from '../../src/orders/lifecycle.js';
import { readDocument } from '../support/readme.js';

test('the diagram in docs/architecture.md shows every transition, and no other', () => {
  const diagram =
    /```mermaid\nstateDiagram-v2\n([^`]*)```/.exec(readDocument('docs/architecture.md'))?.[1] ?? '';
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
