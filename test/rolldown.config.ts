import type { Plugin, RolldownOptions } from 'rolldown';
import { programs } from '../rolldown.config.js';

type Sources = Readonly<Record<string, string>>;

const DIRECTORY = 'dist/test';

/** Programs of the tests, by the name in PROGRAM; each is built when it is wanted. */
const PROGRAMS: Readonly<Record<string, Sources>> = {
  servers: { servers: 'test/support/servers/run-servers.ts' },
  faults: { faults: 'test/faults/faults.ts' },
  bench: bench(
    'bench',
    'explain',
    'rest-times',
    'collect-garbage',
    'servers/no-database',
    'servers/unbatched',
    'sockets/bare-server',
    'sockets/crowd-process',
    'subjects/add-bulk',
    'subjects/gateway-calls',
  ),
};

/** What the system is compared with as an ordinary application: it imports its packages when it starts. */
const ORDINARY_APPLICATIONS: typeof PROGRAMS = { bench: bench('empty-app', 'servers/naive') };

function bench(...names: readonly string[]): Sources {
  return Object.fromEntries(names.map((name) => [`bench/${name}`, `./test/bench/${name}.ts`]));
}

/**
 * Nest's modules need it when they are evaluated, and import it first. As a CommonJS module it would only be evaluated
 * after all that its importer imports; it exports nothing, so it is an ECMAScript module just as well.
 */
function evaluateReflectMetadataInTurn(): Plugin {
  return {
    name: 'evaluate-reflect-metadata-in-turn',
    transform: {
      filter: { id: /\/reflect-metadata\/Reflect\.js$/ },
      handler: (code) => `${code}\nexport {};\n`,
    },
  };
}

function ordinaryApplications(input: Sources): RolldownOptions {
  return {
    ...programs(DIRECTORY, input),
    // Whatever is no path is a package.
    external: /^[^./]/,
    output: { dir: DIRECTORY, format: 'esm', sourcemap: true },
  };
}

const name = process.env['PROGRAM'] ?? '';
const input = PROGRAMS[name];
if (input === undefined)
  throw new Error(`PROGRAM is one of ${Object.keys(PROGRAMS).join(', ')}, not "${name}"`);
const applications = ORDINARY_APPLICATIONS[name];

export default [
  programs(DIRECTORY, input, [evaluateReflectMetadataInTurn()]),
  ...(applications === undefined ? [] : [ordinaryApplications(applications)]),
];
