import { ROLES } from './roles.js';
import { integer, text, url } from './variables/scalars.js';
import { always, section } from './variables/variable.js';

export const REDIS = section({
  title: 'Redis',
  roles: ROLES,
  variables: {
    url: url('REDIS_URL', {
      required: always,
      default: '',
      protocols: ['redis:', 'rediss:'],
      isList: true,
      description:
        'Redis 6.2 or newer, or Valkey, with `maxmemory-policy noeviction`. Several nodes are a Redis Cluster. ' +
        'Special characters in user and password are written as `%XX`.',
    }),
    prefix: text('REDIS_PREFIX', {
      default: '{orders}',
      description: 'Prefix of all keys and channels.',
      reason: "The braces keep all of a queue's keys in one slot of a Redis Cluster.",
    }),
    commandTimeoutMs: integer('REDIS_COMMAND_TIMEOUT_MS', {
      unit: 'ms',
      default: 2_000,
      min: 10,
      description: 'Timeout of a command.',
      reason: 'A healthy Redis answers within 10 ms; a command that waits longer is better retried later.',
    }),
  },
});
