import { integer } from './variables/scalars.js';
import { section } from './variables/variable.js';

export const WEB_SOCKET = section({
  title: 'WebSockets',
  introduction: 'Of one process.',
  roles: ['api'],
  variables: {
    socketLimit: integer('WEBSOCKET_LIMIT', {
      unit: 'sockets',
      default: 10_000,
      min: 1,
      description: 'Maximum number of sockets. More are answered 503.',
      reason: 'An idle socket takes about 25 KB.',
    }),
    socketLimitPerCustomer: integer('WEBSOCKET_LIMIT_PER_CUSTOMER', {
      unit: 'sockets',
      default: 100,
      min: 1,
      description: 'Maximum number of sockets of one customer.',
      reason:
        "A person has a few devices with a few tabs each; a shop's server needs one for all its customers.",
    }),
    maxUnauthenticatedPerAddress: integer('WEBSOCKET_MAX_UNAUTHENTICATED_PER_ADDRESS', {
      unit: 'sockets',
      default: 500,
      min: 1,
      description:
        'Maximum number of sockets from one address (a /64 of IPv6) that have not sent a valid token.',
      reason:
        'The token follows within a round trip or two, so about a thousand sockets a second can be opened from ' +
        'one address.',
    }),
    initTimeoutMs: integer('WEBSOCKET_INIT_TIMEOUT_MS', {
      unit: 'ms',
      default: 3_000,
      min: 100,
      description: 'Time for `connection_init`, with the token, to arrive on a new socket.',
      reason: 'It takes a round trip or two.',
    }),
    closeTimeoutMs: integer('WEBSOCKET_CLOSE_TIMEOUT_MS', {
      unit: 'ms',
      default: 1_000,
      min: 10,
      description: 'Time for the client to answer a close frame before the connection is cut.',
      reason: 'It takes a round trip, and until then the socket counts towards the limits.',
    }),
    pingIntervalMs: integer('LIVE_PING_INTERVAL_MS', {
      unit: 'ms',
      default: 12_000,
      min: 100,
      description: 'Interval of pings. A socket that has not answered one when the next is due is cut.',
      reason: 'A lost client is noticed within 24 s.',
    }),
    frameLimitBytes: integer('WEBSOCKET_FRAME_LIMIT_BYTES', {
      unit: 'bytes',
      default: 65_536,
      min: 1_024,
      description: 'Maximum size of a message from the client.',
      reason:
        "A subscription's text and variables are below 2 KB. The default of the `ws` package is 100 MiB.",
    }),
    messagesPerMinute: integer('WEBSOCKET_MESSAGES_PER_MINUTE', {
      unit: 'messages',
      default: 600,
      min: 10,
      description:
        'Maximum number of messages a minute on one socket, besides subscriptions, which consume points.',
      reason: 'A client answers a ping every 12 s.',
    }),
    bufferLimitBytes: integer('WEBSOCKET_BUFFER_LIMIT_BYTES', {
      unit: 'bytes',
      default: 1_048_576,
      min: 1_024,
      description: 'Maximum of unsent bytes on one socket. With more, it is cut.',
      reason: 'An event has a few KB, so the client has stopped reading.',
    }),
    subscriptionLimit: integer('WEBSOCKET_SUBSCRIPTION_LIMIT', {
      unit: 'subscriptions',
      default: 500,
      min: 1,
      description: 'Maximum number of subscriptions on one socket.',
      reason: 'A few pages of a hundred orders, with a subscription each.',
    }),
    maxRetainedPerCustomerBytes: integer('WEBSOCKET_MAX_RETAINED_PER_CUSTOMER_BYTES', {
      unit: 'bytes',
      default: 25_000_000,
      min: 100_000,
      description: "Maximum memory of one customer's subscriptions, documents and variables included.",
      reason: "4,000 usual subscriptions, and a tenth of a small process's heap of 256 MB.",
    }),
  },
});

export const LIVE = section({
  title: 'Live events',
  roles: ['api'],
  variables: {
    checkIntervalMs: integer('LIVE_CHECK_INTERVAL_MS', {
      unit: 'ms',
      default: 2_000,
      min: 50,
      description: 'Interval at which PostgreSQL is checked for new events of subscribed orders.',
      reason: 'How long a subscriber waits at most when Redis has lost a message.',
    }),
  },
});
