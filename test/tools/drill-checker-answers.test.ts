import { describe } from '@jest/globals';
import { type Case, itCatches } from './drill-support/checker-cases.js';
import { created, type DrillEvidence, seen } from './drill-support/drill-evidence.js';

const NO_LIES: readonly Case[] = [
  ...['INTERNAL_SERVER_ERROR', 'FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT'].map((code): Case => [
    10,
    new RegExp(`got ${code}: .*which the contract does not have`),
    failing('a read', code),
  ]),
  [10, /which the contract does not have/, failing('a doubled', 'BAD_USER_INPUT')],
  [10, /got SERVICE_UNAVAILABLE/, failing('a doubled', 'SERVICE_UNAVAILABLE')],
  [
    10,
    /got INTERNAL_SERVER_ERROR/,
    (drill) => Object.assign(drill.completion('k in doubt').error ?? {}, { code: 'INTERNAL_SERVER_ERROR' }),
  ],
  [
    10,
    /with HTTP 502: .*no GraphQL answer/,
    (drill) => Object.assign(drill.completion('b in doubt').error ?? {}, { status: 502 }),
  ],
  ...[
    'PrismaClientKnownRequestError',
    'Redis is down',
    'x\n    at run (app.js:1:2)',
    'SELECT 1 FROM orders',
  ].map((message): Case => [
    10,
    /which tells of the inside/,
    (drill) => Object.assign(drill.completion('k in doubt').error ?? {}, { message }),
  ]),
  [
    10,
    /tells of the inside/,
    (drill) =>
      Object.assign(drill.end('a watched'), {
        how: 'error',
        error: { code: 'SERVICE_UNAVAILABLE', retryable: true, message: 'redis' },
      }),
  ],
  ...[
    'a made',
    'c cancelled',
    'a read',
    'a looked up',
    'letters listed',
    'letter retried',
    'letters retried',
  ].map((label): Case => [10, /got "what\?"/, (drill) => (drill.completion(label).answer = 'what?')]),
  [
    10,
    /nothing ever settled/,
    (drill) => {
      forget(drill, 'key-k');
    },
  ],
  [
    10,
    /cancelled it, and was told CONFIRMED/,
    (drill) => {
      cancelAnswer(drill, 'c cancelled', {
        __typename: 'CancelOrderSuccess',
        order: seen('order-c', 'key-c', 'CONFIRMED', 3),
      });
    },
  ],
  [10, /in the end it is CONFIRMED/, (drill) => (drill.storedOrder('order-d').status = 'CONFIRMED')],
  [
    10,
    /cancelled another order than it named/,
    (drill) => {
      cancelAnswer(drill, 'c cancelled', {
        __typename: 'CancelOrderSuccess',
        order: seen('order-d', 'key-d', 'CANCELLED', 2),
      });
    },
  ],
  [
    10,
    /bob cancelled another customer's order/,
    (drill) => {
      cancelAnswer(drill, 'a cancelled by bob', {
        __typename: 'CancelOrderSuccess',
        order: seen('order-a', 'key-1', 'CANCELLED', 2),
      });
    },
  ],
  [
    10,
    /bob was told of another customer's order/,
    (drill) => {
      cancelAnswer(drill, 'a cancelled by bob', {
        __typename: 'OrderNotCancellable',
        status: 'PAYMENT_FAILED',
      });
    },
  ],
  [
    10,
    /can't be cancelled; it is CANCELLED/,
    (drill) => {
      cancelAnswer(drill, 'c cancelled', { __typename: 'OrderNotCancellable', status: 'PAYMENT_FAILED' });
    },
  ],
  [
    10,
    /acknowledged order does not exist/,
    (drill) => {
      cancelAnswer(drill, 'c cancelled', { __typename: 'OrderNotFound' });
    },
  ],
  [
    10,
    /got ProductUnavailable, and the catalogue/,
    (drill) => (drill.completion('i changed').answer = { __typename: 'ProductUnavailable' }),
  ],
  [
    10,
    /got PriceChanged, and the catalogue/,
    (drill) =>
      Object.assign(drill.invocation('i changed').operation, {
        expectedTotal: { amount: 3_500, currency: 'EUR' },
      }),
  ],
  [
    10,
    /nobody had asked for it/,
    (drill) => (drill.completion('c made').answer = created('order-c', 'key-c', true).answer),
  ],
];

describe('the drill checker reports wrong answers', () => {
  itCatches([...NO_LIES]);
});

/** Makes the call end with a definite error. */
function failing(label: string, code: string): Case[2] {
  return (drill) => {
    const completion = drill.completion(label);
    delete completion.answer;
    Object.assign(completion, { type: 'fail', error: { code, message: 'No.' } });
  };
}

/** Removes every later question for the key. */
function forget(drill: DrillEvidence, key: string): void {
  const { draft } = drill;
  draft.final.byKey = draft.final.byKey.filter((known) => known.key !== key);
  const lookup = drill.callNumber('k looked up');
  draft.history = draft.history.filter(({ call }) => call !== lookup);
}

function cancelAnswer(drill: DrillEvidence, label: string, answer: unknown): void {
  drill.completion(label).answer = answer;
}
