import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';

/** One of Altair's files that a browser may request. */
export interface AltairFile {
  readonly path: string;
  readonly contentType: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

const require = createRequire(import.meta.url);
const packagePath = require.resolve('altair-static/package.json');
const { version } = JSON.parse(readFileSync(packagePath, 'utf8')) as { version: string };
const directory = join(dirname(packagePath), 'build', 'dist');

/** The URL path of the files. It contains the version, so that browsers can cache them for good. */
export const ALTAIR_BASE_PATH = `/playground/${version}/`;

/** Altair's own page, which loads the other files. */
export function altairHtml(): string {
  return readFileSync(join(directory, 'index.html'), 'utf8');
}

/**
 * The files by their URL path below /playground/. A fixed list, so that no path can lead out of the folder. Without
 * the sandbox for plugins, which come from other servers and which the page's policy blocks.
 */
export function altairFiles(): ReadonlyMap<string, AltairFile> {
  const files = new Map<string, AltairFile>();
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const contentType = CONTENT_TYPES[extname(name)];
    if (contentType === undefined || name.startsWith('iframe-sandbox')) continue;
    files.set(`${version}/${name.split(sep).join('/')}`, { path: join(directory, name), contentType });
  }
  return files;
}
