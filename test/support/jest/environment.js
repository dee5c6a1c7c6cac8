import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const require = createRequire(import.meta.url);

/** @type {SharedEnvironment | undefined} */
let shared;

/**
 * One global object for all files that a worker runs, in which the libraries are loaded once: that takes longer than
 * most files do, and Node.js never frees the modules of a context. Our own modules are loaded anew for each file.
 */
export default class SharedEnvironment extends TestEnvironment {
  constructor(config, context) {
    if (shared !== undefined) return shared;
    const { createContext } = vm;
    // In Jest's own kind of context, each use of a global variable (Map, process) calls a proxy: a hundred times slower.
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
    this.loadLibraries(config.projectConfig.testEnvironmentOptions.libraries);
    this.globals = new Set(Reflect.ownKeys(this.global));
    this.variables = { ...this.global.process.env };
    this.exit = this.global.process.exit;
    shared = this;
  }

  loadLibraries(path) {
    // Nest's modules need it when they are evaluated; in the bundle it would come after them.
    this.run(require.resolve('reflect-metadata'));
    this.libraries = this.run(path);
    this.global[Symbol.for('libraries')] = this.libraries;
  }

  /** Runs a CommonJS module in the environment. */
  run(path) {
    const script = new vm.Script(
      `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'utf8')}\n})`,
      { filename: path, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
    );
    const module = { exports: {} };
    script.runInContext(this.context)(module.exports, createRequire(path), module, path, dirname(path));
    return module.exports;
  }

  /** Removes what a file has left: metrics, variables, mocks, fake timers and globals (including Jest's own). */
  async teardown() {
    this.libraries['prom-client'].register.clear();
    this.fakeTimersModern.useRealTimers();
    this.moduleMocker.restoreAllMocks();
    const { process } = this.global;
    process.exit = this.exit;
    for (const name of Object.keys(process.env)) if (!(name in this.variables)) delete process.env[name];
    Object.assign(process.env, this.variables);
    // Two of Jest's can't be deleted: they are made for several copies of its modules to share.
    for (const key of Reflect.ownKeys(this.global))
      if (!this.globals.has(key)) Reflect.deleteProperty(this.global, key);
  }
}
