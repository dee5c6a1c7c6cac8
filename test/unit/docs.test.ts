import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  anchorsOf,
  linksOf,
  type MarkdownDocument,
  readDocuments,
  readMarkdown,
} from '../support/markdown.js';

const MAX_COLUMNS = 110;
const MAX_README_LINES = 180;
/** A URL alone on its line may be longer. */
const URL_ALONE = /^\s*(- )?<?https?:\/\/\S+>?$/;
/** In docs/architecture.md: `1. `path`: what it is for`. */
const LISTED_FILE = /^\d+\. `([^`]+)`/;

const documents = readDocuments();
const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

function isBroken(document: MarkdownDocument, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document.path : join(dirname(document.path), path);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(readMarkdown(target)).has(anchor);
}

describe.each(documents)('$path', (document) => {
  test('has no broken link within the project', () => {
    const inside = linksOf(document).filter((link) => !/^https?:/.test(link));
    expect(inside.filter((link) => isBroken(document, link))).toEqual([]);
  });

  test(`has no line of more than ${MAX_COLUMNS} columns`, () => {
    const long = document.lines.filter((line) => line.length > MAX_COLUMNS && !URL_ALONE.test(line));
    expect(long).toEqual([]);
  });

  test('has only GraphQL examples that schema.graphql allows', () => {
    const examples = document.blocks.filter(({ language }) => language === 'graphql');
    const errors = examples.flatMap(({ text }) => validate(schema, parse(text)));
    expect(errors.map(({ message }) => message)).toEqual([]);
  });
});

test(`README.md has at most ${MAX_README_LINES} lines`, () => {
  expect(readFileSync('README.md', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(
    MAX_README_LINES,
  );
});

test('every file that docs/architecture.md lists exists', () => {
  const files = readMarkdown('docs/architecture.md').lines.flatMap(
    (line) => LISTED_FILE.exec(line)?.[1] ?? [],
  );
  expect(files.length).toBeGreaterThanOrEqual(20);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

test('docs/architecture.md links every decision record', () => {
  const linked = linksOf(readMarkdown('docs/architecture.md')).map((link) => `docs/${link}`);
  const records = documents.map(({ path }) => path).filter((path) => path.startsWith('docs/decisions/'));
  expect(records.length).toBeGreaterThanOrEqual(10);
  expect(records.filter((path) => !linked.includes(path))).toEqual([]);
});
