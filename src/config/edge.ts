import type { EnvironmentReader } from './environment-reader.js';

export type Environment = 'development' | 'test' | 'production';

/** Who may read metrics and the details of health: everybody, whoever shows the token, nobody. */
export type MetricsAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'closed' };

/** What comes in over HTTP, and how much of it. */
export function httpSettings(env: EnvironmentReader, environment: Environment) {
  const production = environment === 'production';
  const settings = {
    port: env.integer('PORT', 4000, { min: 0, max: 65_535 }),
    // Only production is meant to be reached from elsewhere.
    host: env.text('HOST', production ? '0.0.0.0' : '127.0.0.1'),
    // An order of 100 lines is about 8 KB; ten times that leaves room for the query's own text.
    bodyLimitBytes: env.integer('HTTP_BODY_LIMIT_BYTES', 100_000, { min: 1_000 }),
    // GraphQL requests under way when there are always more: ten for each database connection keep a process busy.
    concurrencyLimit: env.integer('HTTP_CONCURRENCY_LIMIT', 100, { min: 1 }),
    // And when they come at once: the last of them waits half a second.
    burstLimit: env.integer('HTTP_BURST_LIMIT', 500, { min: 1 }),
    // A token is below 4 KB, and what browsers and load balancers add below that again.
    headerLimitBytes: env.integer('HTTP_HEADER_LIMIT_BYTES', 16_384, { min: 1_000 }),
    // Browsers and load balancers send some 30. Node itself takes thousands, and forgets those above 2,000.
    headerCountLimit: env.integer('HTTP_HEADER_COUNT_LIMIT', 100, { min: 10, max: 2_000 }),
    // Headers come in a packet or two, also over a bad line. A connection that says nothing has as long.
    headersTimeoutMs: env.integer('HTTP_HEADERS_TIMEOUT_MS', 10_000, { min: 100 }),
    // From the first byte to the last of the body: the largest webhook at 13 KB a second.
    requestTimeoutMs: env.integer('HTTP_REQUEST_TIMEOUT_MS', 20_000, { min: 100 }),
    // How late the two above may strike; each look goes through the unfinished requests only.
    timeoutCheckIntervalMs: env.integer('HTTP_TIMEOUT_CHECK_INTERVAL_MS', 1_000, { min: 10 }),
    // Longer than the 60 s of usual load balancers: the one that closes first must not be the server.
    keepAliveTimeoutMs: env.integer('HTTP_KEEP_ALIVE_TIMEOUT_MS', 65_000, { min: 100 }),
    // Nothing moves, in neither direction: far longer than the slowest answer takes, a client has stopped reading.
    stalledTimeoutMs: env.integer('HTTP_STALLED_TIMEOUT_MS', 60_000, { min: 100 }),
    // WebSockets included, of which 10,000 are a process's share; what comes on top is cut at once.
    connectionLimit: env.integer('HTTP_CONNECTION_LIMIT', 12_000, { min: 1 }),
    // A sixth of them: what an office or a mobile network behind one address has open. WebSockets with a good token
    // are counted by customer instead, and trusted proxies not at all.
    maxConnectionsPerAddress: env.integer('HTTP_MAX_CONNECTIONS_PER_ADDRESS', 2_000, { min: 1 }),
    // From the moment that an answer is ready until it is read: a page of a hundred orders with all that belongs to
    // them, below 1 MB, at 30 KB a second.
    sendTimeoutMs: env.integer('HTTP_SEND_TIMEOUT_MS', 30_000, { min: 100 }),
    // What waits for one customer over all WebSockets and answers. The dearest answer has some 5 MB; of a WebSocket's
    // events, mostly none waits.
    customerMaxUnsentBytes: env.integer('CUSTOMER_MAX_UNSENT_BYTES', 8_388_608, { min: 1_024 }),
    // Connections that wait to be taken, as many as Linux lets: one that finds no room is tried again by its client
    // after 1, 3, 7 seconds. (Node's own limit is 511.)
    backlogLimit: env.integer('HTTP_BACKLOG_LIMIT', 4_096, { min: 1, max: 65_535 }),
    // Load balancers whose X-Forwarded-For is believed.
    trustedProxies: env.networks('TRUSTED_PROXIES'),
    allowedOrigins: env.origins('ALLOWED_ORIGINS'),
    // The playground, and front ends that are being worked on.
    allowLoopbackOrigins: !production,
    metrics: metricsAccess(env, production),
    // Below the 30 s that orchestrators give before they kill.
    shutdownGraceMs: env.integer('SHUTDOWN_GRACE_MS', 20_000, { min: 100 }),
    // A listening socket that closes at once cuts requests that are on their way to it.
    drainDelayMs: env.integer('SHUTDOWN_DRAIN_DELAY_MS', production ? 3_000 : 0),
  } as const;
  if (settings.headersTimeoutMs > settings.requestTimeoutMs)
    env.fault('HTTP_HEADERS_TIMEOUT_MS', 'must not be longer than HTTP_REQUEST_TIMEOUT_MS');
  if (settings.burstLimit < settings.concurrencyLimit)
    env.fault('HTTP_BURST_LIMIT', 'must not be smaller than HTTP_CONCURRENCY_LIMIT');
  return settings;
}

function metricsAccess(env: EnvironmentReader, production: boolean): MetricsAccess {
  const token = env.optional('METRICS_TOKEN');
  if (token === undefined) return { kind: production ? 'closed' : 'open' };
  // 128 bits, where it is random: nobody guesses that over a network.
  if (Buffer.byteLength(token) < 16) env.fault('METRICS_TOKEN', 'must be at least 16 bytes long');
  return { kind: 'token', token };
}

/** What one GraphQL operation may ask for. */
export function operationLimits(env: EnvironmentReader) {
  return {
    // A hundred createOrders in one document have some 4,800; parsing and validating so many takes 20 ms at worst.
    tokenLimit: env.integer('GRAPHQL_TOKEN_LIMIT', 5_000, { min: 100 }),
    // A page made of many components has some 20. Each operation's rules follow all of them.
    maxFragments: env.integer('GRAPHQL_MAX_FRAGMENTS', 50, { min: 1 }),
    // Ten times the tokens: a front end's document looks at each field once or twice, and this many take 15 ms.
    maxMergedFields: env.integer('GRAPHQL_MAX_MERGED_FIELDS', 50_000, { min: 1_000 }),
    // Some 300 front-end documents of 80 tokens, at some 50 KB each as parsed.
    maxRememberedDocumentsBytes: env.integer('GRAPHQL_MAX_REMEMBERED_DOCUMENTS_BYTES', 16_777_216, {
      min: 0,
    }),
    // An amount of a line of an order of an event of an order in a list is on level 8.
    depthLimit: env.integer('GRAPHQL_DEPTH_LIMIT', 10, { min: 5 }),
    // Twice a hundred orders of one document.
    aliasLimit: env.integer('GRAPHQL_ALIAS_LIMIT', 200, { min: 1 }),
    // A page of a hundred orders with all that may belong to them, 100 lines each, takes 10,600; two hundred createOrders
    // take about as much. That is a tenth of a second's work.
    costLimit: env.integer('GRAPHQL_COST_LIMIT', 12_000, { min: 100 }),
  } as const;
}

/** Points are those of operation-cost.ts: a createOrder takes some 55, a page of 20 orders with everything 2,100. */
export function rateLimitSettings(env: EnvironmentReader) {
  return {
    windowSeconds: env.integer('RATE_LIMIT_WINDOW_SECONDS', 60, { min: 1, max: 3_600 }),
    // Some 30 orders a second from one customer: far more than a person makes, and a shop's script gets through.
    customerPoints: env.integer('RATE_LIMIT_CUSTOMER_POINTS', 120_000, { min: 1 }),
    // For one address, behind which there may be many people: 20 refused requests a second.
    anonymousPoints: env.integer('RATE_LIMIT_ANONYMOUS_POINTS', 12_000, { min: 1 }),
    // Redis counts within a millisecond; a slower one is not waited for, and the process counts by itself.
    redisTimeoutMs: env.integer('RATE_LIMIT_REDIS_TIMEOUT_MS', 100, { min: 1 }),
  } as const;
}

/** What sockets may take of one process. */
export function webSocketSettings(env: EnvironmentReader) {
  return {
    // A subscription's text and variables are below 2 KB; the package's own limit is 100 MiB.
    frameLimitBytes: env.integer('WEBSOCKET_FRAME_LIMIT_BYTES', 65_536, { min: 1_024 }),
    initTimeoutMs: env.integer('WEBSOCKET_INIT_TIMEOUT_MS', 3_000, { min: 100 }),
    // A close frame is answered within a round trip; whoever leaves it unanswered holds a place.
    closeTimeoutMs: env.integer('WEBSOCKET_CLOSE_TIMEOUT_MS', 1_000, { min: 10 }),
    // A token follows within a round trip or two: some thousand sockets a second can come from behind one address.
    maxUnauthenticatedPerAddress: env.integer('WEBSOCKET_MAX_UNAUTHENTICATED_PER_ADDRESS', 500, { min: 1 }),
    // An idle socket takes some 25 KB.
    socketLimit: env.integer('WEBSOCKET_LIMIT', 10_000, { min: 1 }),
    // A person has a few devices with a few tabs each; a shop's server watches for all of its customers by one.
    socketLimitPerCustomer: env.integer('WEBSOCKET_LIMIT_PER_CUSTOMER', 100, { min: 1 }),
    // Some pages of a hundred orders, each of them watched.
    subscriptionLimit: env.integer('WEBSOCKET_SUBSCRIPTION_LIMIT', 500, { min: 1 }),
    // What the subscriptions of one customer make a process keep, documents and variables included: 4,000 of the
    // usual ones, and a tenth of a small process's heap of 256 MB.
    maxRetainedPerCustomerBytes: env.integer('WEBSOCKET_MAX_RETAINED_PER_CUSTOMER_BYTES', 25_000_000, {
      min: 100_000,
    }),
    // Besides subscriptions, which consume points: a client answers a ping every 12 s.
    messagesPerMinute: env.integer('WEBSOCKET_MESSAGES_PER_MINUTE', 600, { min: 10 }),
    // An event has some KB. More than this, unread, is a client that has stopped reading.
    bufferLimitBytes: env.integer('WEBSOCKET_BUFFER_LIMIT_BYTES', 1_048_576, { min: 1_024 }),
    // A socket that has not answered one ping when the next is due is ended: within 24 s of its client's end.
    pingIntervalMs: env.integer('LIVE_PING_INTERVAL_MS', 12_000, { min: 100 }),
  } as const;
}
