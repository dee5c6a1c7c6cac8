import { ROLES } from './roles.js';
import { oneOf } from './variables/scalars.js';
import { setOf } from './variables/lists.js';
import { section } from './variables/variable.js';

export const PROCESS = section({
  title: 'Process',
  roles: ROLES,
  variables: {
    environment: oneOf('NODE_ENV', {
      values: ['development', 'test', 'production'],
      default: 'development',
      description:
        'In `production` there are no sandbox defaults, and playground, introspection and open metrics are off. ' +
        '`npm run start:prod` and the image set it to `production` unless it is set.',
    }),
    roles: setOf('ROLE', {
      values: ROLES,
      description:
        'What the process does. `relay` includes recovery. Any number of processes may have a role.',
    }),
    logLevel: oneOf('LOG_LEVEL', {
      values: ['fatal', 'error', 'warn', 'info', 'debug', 'silent'],
      default: 'info',
      description: 'The least level that is logged. Logs are JSON, one object a line, on standard output.',
    }),
  },
});
