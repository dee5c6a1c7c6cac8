import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Fails when the committed generated files are not what schema.graphql and prisma/schema.prisma give now. */
const directories = ['src/generated', 'test/generated'];

function read() {
  const files = directories.flatMap((directory) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`),
  );
  return new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
}

const before = read();
execFileSync('npm', ['run', '--silent', 'codegen'], { stdio: ['ignore', 'ignore', 'inherit'] });
const after = read();
const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
  (file) => before.get(file) !== after.get(file),
);
for (const file of stale) console.error(`${file} was out of date; it is generated anew, commit it`);
process.exitCode = stale.length === 0 ? 0 : 1;
