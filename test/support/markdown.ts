import { readdirSync, readFileSync } from 'node:fs';

export interface MarkdownDocument {
  readonly path: string;
  readonly lines: readonly string[];
  /** Without its fenced code blocks. */
  readonly prose: string;
  readonly blocks: readonly CodeBlock[];
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

const FENCED_BLOCK = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;

/** All documents: in the project's root, in docs/, and of the tests. */
export function readDocuments(): MarkdownDocument[] {
  const inDocs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`);
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'test/README.md', ...inDocs.toSorted()].map(
    readMarkdown,
  );
}

export function readMarkdown(path: string): MarkdownDocument {
  const text = readFileSync(path, 'utf8');
  return {
    path,
    lines: text.split('\n'),
    prose: text.replace(FENCED_BLOCK, ''),
    blocks: [...text.matchAll(FENCED_BLOCK)].map(([, language = '', block = '']) => ({
      language,
      text: block,
    })),
  };
}

/** The targets of the document's links and images. */
export function linksOf({ prose }: MarkdownDocument): string[] {
  const withoutCode = prose.replace(/`[^`\n]+`/g, 'code');
  return [...withoutCode.matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The anchors that GitHub gives to the document's headings. */
export function anchorsOf({ prose }: MarkdownDocument): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#+ (.+)$/gm)) {
    const words = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
    const anchor = words.trim().replaceAll(' ', '-');
    let name = anchor;
    for (let copy = 1; anchors.has(name); copy += 1) name = `${anchor}-${copy}`;
    anchors.add(name);
  }
  return anchors;
}

export interface ShellCommand {
  /** The variables that are set for this command only. */
  readonly variables: ReadonlyMap<string, string>;
  /** Without variables and comments, in one line. */
  readonly command: string;
}

/** The commands of a shell block, in order, without bare assignments. */
export function commandsIn(script: string): ShellCommand[] {
  return script
    .replaceAll(/\\\n\s*/g, '')
    .split(/\n|&&/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .map((line) => {
      const assignments = /^(?:[A-Z_]+=\S*\s*)*/.exec(line)?.[0] ?? '';
      const pairs = [...assignments.matchAll(/([A-Z_]+)=(\S*)/g)];
      const variables = new Map(pairs.map(([, name = '', value = '']) => [name, value]));
      return { variables, command: line.slice(assignments.length) };
    })
    .filter(({ command }) => command !== '');
}
