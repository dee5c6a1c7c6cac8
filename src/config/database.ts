import { ignoredParameters } from '../platform/database/database-url.js';
import { ROLES } from './roles.js';
import type { EnvironmentReader } from './variables/environment-reader.js';
import { integer, url } from './variables/scalars.js';
import { always, section } from './variables/variable.js';

export const DATABASE = section({
  title: 'PostgreSQL',
  roles: ROLES,
  variables: {
    url: url('DATABASE_URL', {
      required: always,
      default: '',
      protocols: ['postgres:', 'postgresql:'],
      description:
        'PostgreSQL 14 or newer. Special characters in user and password are written as `%XX`. Parameters of ' +
        "Prisma's own engine, such as `schema`, would have no effect and stop the start.",
    }),
    poolSize: integer('DATABASE_POOL_SIZE', {
      unit: 'connections',
      default: 10,
      min: 3,
      max: 500,
      description:
        'Maximum number of connections. The server may have twice as many sessions while it still works on ' +
        'abandoned statements.',
      reason:
        'Statements are short: a few connections for each core of the server keep it busy. Recovery and reconciliation ' +
        'hold their locks on one each, and work on others.',
    }),
    queueLimit: integer('DATABASE_POOL_QUEUE_LIMIT', {
      unit: 'callers',
      default: 1_000,
      min: 1,
      description: 'Maximum number of callers that wait for a connection. More are rejected at once.',
      reason: 'About half a second of work for the pool.',
    }),
    connectTimeoutMs: integer('DATABASE_CONNECT_TIMEOUT_MS', {
      unit: 'ms',
      default: 1_400,
      min: 10,
      description: 'Timeout for getting a connection, the wait for a free one included.',
      reason:
        'With it, a createOrder fails within 2 s when PostgreSQL is down, even in a busy process. A new connection ' +
        'takes about 10 ms.',
    }),
    queryTimeoutMs: integer('DATABASE_QUERY_TIMEOUT_MS', {
      unit: 'ms',
      default: 2_500,
      min: 10,
      description: 'Timeout of a statement.',
      reason:
        'Statements take milliseconds; one that takes this long has lost its server. It includes the second after ' +
        'which PostgreSQL looks for a deadlock, and leaves time for a new connection before the answer is due.',
    }),
    answerTimeoutMs: integer('DATABASE_ANSWER_TIMEOUT_MS', {
      unit: 'ms',
      default: 3_500,
      min: 10,
      roles: ['api'],
      description: 'Timeout for storing an order, all attempts included.',
      reason:
        'A createOrder is answered within 5 s, whatever PostgreSQL does. The rest is for the request around it, ' +
        "which may read the order's items over a new connection, in a busy process.",
    }),
    historyCheckIntervalMs: integer('DATABASE_HISTORY_CHECK_INTERVAL_MS', {
      unit: 'ms',
      default: 1_000,
      min: 100,
      description:
        'Interval at which the relay checks whether PostgreSQL has lost commits. Where the last check is three ' +
        'intervals old, the next payment begins with one.',
      reason:
        'A check costs two short statements. What was committed and lost between two checks can go unnoticed.',
    }),
  },
});

export function databaseSettings(reader: EnvironmentReader) {
  const settings = reader.read(DATABASE);
  for (const fault of ignoredParameters(settings.url)) reader.fault('DATABASE_URL', fault);
  return settings;
}
