import { programs } from '../rolldown.config.js';

/** Programs of the tests, by the name in PROGRAM; each is built when it is wanted. */
const PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  servers: { servers: 'test/support/servers/run-servers.ts' },
  faults: { faults: 'test/faults/faults.ts' },
};

const name = process.env['PROGRAM'] ?? '';
const input = PROGRAMS[name];
if (input === undefined)
  throw new Error(`PROGRAM is one of ${Object.keys(PROGRAMS).join(', ')}, not "${name}"`);

export default programs('dist/test', input);
