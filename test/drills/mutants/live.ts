import type { Mutant } from './mutant.js';

const RESOLVER = 'src/graphql/resolvers/order-events-resolver.ts';
const STARTING_VERSION = 'const after = afterVersion ?? order.version - 1;';

/** What subscribers are sent. */
export const LIVE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-replay-after-subscribe',
    what: 'A subscriber gets what happens from now on, whatever version it asks for.',
    patches: [{ file: RESOLVER, find: STARTING_VERSION, replace: 'const after = order.version;' }],
    faults: [],
    orders: 300,
    breaks: [6],
  },
  {
    name: 'repeated-events',
    what: 'Who resumes a subscription gets the last event that it has seen once more.',
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
    what: 'Of several events that a subscriber has not seen, it gets the newest one.',
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
