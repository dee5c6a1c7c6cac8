import type { RolldownOptions } from 'rolldown';
import { programs } from '../rolldown.config.js';

type Sources = Readonly<Record<string, string>>;

/** Programs of the tests, by the name in PROGRAM; each is built when it is wanted, into dist/test/<name>. */
const PROGRAMS: Readonly<Record<string, Sources>> = {
  servers: {
    servers: 'test/support/servers/run-servers.ts',
    'schema-engine': 'test/support/schema-engine.ts',
  },
  faults: { faults: 'test/drills/faults.ts' },
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
  return Object.fromEntries(names.map((name) => [name, `./test/bench/${name}.ts`]));
}

function ordinaryApplications(input: Sources): RolldownOptions {
  return {
    ...programs(directory, input),
    // Whatever is no path is a package.
    external: /^[^./]/,
    output: { dir: directory, format: 'esm', sourcemap: true },
  };
}

const name = process.env['PROGRAM'] ?? '';
const input = PROGRAMS[name];
if (input === undefined)
  throw new Error(`PROGRAM is one of ${Object.keys(PROGRAMS).join(', ')}, not "${name}"`);
const directory = `dist/test/${name}`;
const applications = ORDINARY_APPLICATIONS[name];

export default [
  programs(directory, input),
  ...(applications === undefined ? [] : [ordinaryApplications(applications)]),
];
