import { describe, expect, test } from '@jest/globals';
import { isNotMaster, isRedisUnavailable } from '../../src/platform/redis/redis-errors.js';

function replyError(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}

describe('the Redis error', () => {
  test.each([
    "READONLY You can't write against a read only replica.",
    "READONLY You can't write against a read only replica. script: 55b2, on @user_script:7.",
    "ERR Error running script (call to f_55b2): @user_script:7: @user_script: 7: -READONLY You can't write against a read only replica. ",
    'LOADING Redis is loading the dataset in memory',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  ])('"%s" means that the server is not a master', (message) => {
    expect(isNotMaster(replyError(message))).toBe(true);
    expect(isRedisUnavailable(replyError(message))).toBe(true);
  });

  test.each([
    'OOM command not allowed',
    'MISCONF Redis is configured to save',
    'NOREPLICAS Not enough good replicas',
  ])('"%s" means that a master accepts no writes now', (message) => {
    expect(isNotMaster(replyError(message))).toBe(false);
    expect(isRedisUnavailable(replyError(message))).toBe(true);
  });

  test.each(['ERR unknown command', 'WRONGTYPE Operation against a key', 'ERR value says READONLY here'])(
    '"%s" means that the command is wrong',
    (message) => {
      expect(isNotMaster(replyError(message))).toBe(false);
      expect(isRedisUnavailable(replyError(message))).toBe(false);
    },
  );
});
