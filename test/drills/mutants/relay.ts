import type { Mutant, Patch } from './mutant.js';

const RELAY = 'src/outbox/relay.ts';

const NO_RECOVERED_ORDERS: Patch = {
  file: 'src/recovery/schedule.ts',
  find: '[recoverOrders, quarantineMessages, purgeOutbox,',
  replace: '[quarantineMessages, purgeOutbox,',
};

/** Defects in how work gets from PostgreSQL to the queue, and again when it is lost. */
export const RELAY_MUTANTS: readonly Mutant[] = [
  {
    name: 'cursor-relay',
    what: 'The relay only claims ids above the highest one that it has claimed.',
    patches: [
      {
        file: RELAY,
        find: 'private nextFullClaimAt = 0;',
        replace: 'private nextFullClaimAt = 0;\n  private lastClaimed = 0n;',
      },
      {
        file: RELAY,
        find: 'const messages = await claimMessages(this.database, { fromId: full ? 0n : fromId, batchSize, leaseMs });',
        replace:
          'const from = this.lastClaimed + 1n;\n' +
          '    const messages = await claimMessages(this.database, { fromId: from, batchSize, leaseMs });\n' +
          '    for (const { id } of messages) if (id > this.lastClaimed) this.lastClaimed = id;',
      },
    ],
    // Messages that neither relay delivered stay behind. Recovery skips their orders, since a message still waits.
    faults: ['kill-redis', 'pause-redis'],
    orders: 400,
    breaks: [7, 8, 9],
  },
  {
    name: 'relay-marks-before-adding',
    what: 'The relay marks messages before it adds their jobs, and recovery finds no lost jobs.',
    patches: [
      {
        file: RELAY,
        find: 'const ids = messages.map(({ id }) => id);',
        replace:
          'const ids = messages.map(({ id }) => id);\n' + '    await markDelivered(this.database, ids);',
      },
      NO_RECOVERED_ORDERS,
    ],
    faults: ['kill-redis', 'pause-redis'],
    orders: 400,
    breaks: [7, 8, 9],
  },
  {
    name: 'no-recovery',
    what: 'Work that Redis lost is not recovered (and jobs wait there for a second, so that some is lost).',
    patches: [
      NO_RECOVERED_ORDERS,
      {
        file: 'src/queue/payment-queue.ts',
        find: 'attempts: 3,',
        replace: 'attempts: 3,\n      delay: 1_000,',
      },
    ],
    faults: ['flush-redis', 'empty-redis'],
    orders: 400,
    breaks: [8, 9],
  },
  {
    name: 'stays-on-read-only-redis',
    what: 'A connection to a Redis that has become a replica stays open, and readiness only pings it.',
    patches: [
      {
        file: 'src/platform/redis/redis.ts',
        find: 'if (!isNotMaster(error)) return false;',
        replace: 'return false;',
      },
      {
        file: 'src/http/health/dependency-checks.ts',
        find: "await this.connection.set(`${this.config.redis.prefix}:readiness`, '', 'PX', REDIS_KEY_LIFETIME_MS);",
        replace: 'await this.connection.ping();',
      },
    ],
    faults: ['fail-over-redis'],
    orders: 300,
    breaks: [7, 8, 9],
  },
];
