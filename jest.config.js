import { bundledLibraries } from './test/support/jest/libraries.js';

/** Each has what it needs, and no more: the tests in test/unit need no server. */
export default async function config() {
  process.env.LOG_LEVEL ??= 'silent';
  const { script, facades } = await bundledLibraries();
  process.env.TEST_LIBRARY_FACADES = facades;
  const common = {
    testEnvironment: '<rootDir>/test/support/jest/environment.js',
    testEnvironmentOptions: { libraries: script },
    extensionsToTreatAsEsm: ['.ts'],
    transform: { '^.+\\.ts$': '@swc/jest' },
    resolver: '<rootDir>/test/support/jest/resolver.cjs',
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  };
  const servers = {
    globalSetup: '<rootDir>/test/support/jest/global-setup.js',
    globalTeardown: '<rootDir>/test/support/jest/global-teardown.js',
  };
  return {
    testTimeout: 30_000,
    // For two cores: every third of them waits, for a timeout or for a process.
    maxWorkers: 3,
    // Contexts of ended files stay in memory (modules of Node's vm can't be unloaded): a new process costs less.
    workerIdleMemoryLimit: '1GB',
    reporters: ['default', '<rootDir>/test/support/jest/slowest-files.js'],
    projects: [
      { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
      {
        ...common,
        ...servers,
        displayName: 'servers',
        testMatch: ['<rootDir>/test/{api,live,outages,reconcile,relay,system,webhooks,worker}/**/*.test.ts'],
      },
      { ...common, ...servers, displayName: 'tools', testMatch: ['<rootDir>/test/tools/*.test.ts'] },
    ],
  };
}
