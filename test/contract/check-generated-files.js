import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Fails where a committed generated file is not what its sources give now. */
const COMMANDS = ['codegen', 'docs:configuration'];
const DIRECTORIES = ['src/generated', 'test/generated'];
const FILES = ['docs/configuration.md'];

function read() {
  const generated = DIRECTORIES.flatMap((directory) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`),
  );
  return new Map([...generated, ...FILES].map((file) => [file, readFileSync(file, 'utf8')]));
}

const before = read();
for (const command of COMMANDS)
  execFileSync('npm', ['run', '--silent', command], { stdio: ['ignore', 'ignore', 'inherit'] });
const after = read();
const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
  (file) => before.get(file) !== after.get(file),
);
for (const file of stale) console.error(`${file} was out of date and has been generated again; commit it`);
process.exitCode = stale.length === 0 ? 0 : 1;
