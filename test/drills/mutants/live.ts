import type { Mutant } from './mutant.js';

const RESOLVER = 'src/graphql/resolvers/order-events-resolver.ts';
const STARTING_VERSION = 'const after = afterVersion ?? order.version - 1;';

/** Defects in what subscribers are sent. */
export const LIVE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-replay-after-subscribe',
    what: 'A subscriber gets only new events, whatever version it asks for.',
    patches: [{ file: RESOLVER, find: STARTING_VERSION, replace: 'const after = order.version;' }],
    faults: [],
    orders: 300,
    breaks: [6],
  },
  {
    name: 'repeated-events',
    what: 'A resumed subscription gets the last event that it has seen once more.',
    patches: [
      {
        file: RESOLVER,
        find: STARTING_VERSION,
        replace: 'const after = afterVersion == null ? order.version - 1 : Math.max(0, afterVersion - 1);',
      },
    ],
    faults: [],
    orders: 300,
    breaks: [6],
  },
  {
    name: 'newest-event-only',
    what: 'A subscriber that is several events behind gets the newest one only.',
    patches: [
      {
        file: 'src/subscriptions/order-channel.ts',
        find: 'for (const event of events) {',
        replace: 'for (const event of events.slice(-1)) {',
      },
    ],
    faults: [],
    orders: 300,
    breaks: [6],
  },
];
