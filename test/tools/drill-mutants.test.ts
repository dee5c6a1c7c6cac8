import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { transform } from '@swc/core';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildMutant } from '../drills/mutants/build-mutant.js';
import { applyPatches, type Mutant, patchedFiles } from '../drills/mutants/mutant.js';
import { chooseMutants, MUTANTS } from '../drills/mutants/mutants.js';

const SAMPLE: Mutant = {
  name: 'sample',
  what: 'Nothing at all.',
  patches: [{ file: 'src/a.ts', find: 'one', replace: 'two' }],
  faults: [],
  orders: 150,
  breaks: [1],
};

describe('the mutants', () => {
  test('have unique names and patches', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
    expect(new Set(MUTANTS.map(({ patches }) => JSON.stringify(patches))).size).toBe(names.length);
  });

  test.each(MUTANTS)('include $name, which can be applied to the code and compiled', async (mutant) => {
    expect(mutant.what).toMatch(/^[A-Z].*\.$/);
    expect(mutant.orders).toBeGreaterThanOrEqual(150);
    expect(mutant.orders).toBeLessThanOrEqual(600);
    expect(mutant.breaks.length).toBeGreaterThan(0);
    for (const file of patchedFiles(mutant)) {
      expect(file).toMatch(/^(src|prisma)\//);
      const text = await readFile(file, 'utf8');
      const patched = applyPatches(mutant, file, text);
      expect(patched).not.toBe(text);
      if (file.endsWith('.ts')) await transform(patched, { filename: file });
    }
  });

  test('are chosen by name', () => {
    expect(chooseMutants()).toBe(MUTANTS);
    const [first] = MUTANTS;
    expect(chooseMutants([first?.name ?? ''])).toEqual([first]);
    expect(() => chooseMutants(['no-such-one'])).toThrow(
      /there is no mutant "no-such-one"; there are .*no-unique-key/,
    );
  });
});

describe('a patch', () => {
  test.each([
    { text: 'nothing of it', times: 0 },
    { text: 'one and one', times: 2 },
  ])('is refused if its text occurs $times times', ({ text, times }) => {
    expect(() => applyPatches(SAMPLE, 'src/a.ts', text)).toThrow(
      `mutant sample: src/a.ts has the text to be replaced ${times} times`,
    );
  });

  test('changes its own file only, and inserts its text literally', () => {
    const mutant = { ...SAMPLE, patches: [{ file: 'src/a.ts', find: 'one', replace: "$& ${one} $'" }] };
    expect(applyPatches(mutant, 'src/a.ts', 'zero one two')).toBe("zero $& ${one} $' two");
    expect(applyPatches(mutant, 'src/b.ts', 'zero one two')).toBe('zero one two');
  });
});

describe('a broken build', () => {
  let directory = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'drill-mutant-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test('contains all that its processes need, and leaves the project unchanged', async () => {
    const [mutant] = chooseMutants(['no-replay-after-subscribe']);
    if (mutant === undefined) throw new Error('there is no such mutant');
    const file = 'src/graphql/resolvers/order-events-resolver.ts';
    const before = await readFile(file, 'utf8');
    const root = await buildMutant(mutant, join(directory, 'build'));
    const needed = ['dist/main.js', 'dist/migrate.js', 'dist/dev/sandbox.js'];
    for (const path of [
      ...needed,
      'prisma/migrations',
      'prisma/products.json',
      'schema.graphql',
      'node_modules',
    ]) {
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    }
    const compiled = await readFile(join(root, 'dist/chunks/application.js'), 'utf8');
    expect(compiled).toContain('const after = order.version;');
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});
