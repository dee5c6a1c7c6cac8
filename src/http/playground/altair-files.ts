import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';

/** A file of Altair that a browser may ask for. */
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

/** Where the files are served. The version is in it, so that browsers may keep them for good. */
export const ALTAIR_BASE_PATH = `/playground/${version}/`;

/** Altair's own page, which loads the rest. */
export function altairHtml(): string {
  return readFileSync(join(directory, 'index.html'), 'utf8');
}

/**
 * The files by their URL's path below /playground/. Nothing else can be asked for, however the path is written.
 * The sandbox for plugins is left out: plugins come from outside, and the page's policy refuses them.
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
