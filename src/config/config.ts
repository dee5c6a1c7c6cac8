import { authSettings } from './auth.js';
import {
  type Environment,
  httpSettings,
  operationLimits,
  rateLimitSettings,
  webSocketSettings,
} from './edge.js';
import { EnvironmentReader } from './environment-reader.js';
import { ignoredParameters } from '../platform/database/database-url.js';
import { refuseInsecureSecrets } from './secrets.js';

export type Role = 'api' | 'relay' | 'worker';
export const ROLES: readonly Role[] = ['api', 'relay', 'worker'];

export type Config = ReturnType<typeof readSettings>;

/** Thrown by readConfig: one line for each fault, naming the variable. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * Reads and checks the whole environment once, at start.
 * @throws ConfigError that names every faulty variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const reader = new EnvironmentReader(env);
  const config = readSettings(reader);
  if (config.environment === 'production') refuseInsecureSecrets(reader);
  if (reader.faults.length > 0) throw new ConfigError(reader.faults);
  return config;
}

function readSettings(env: EnvironmentReader) {
  const environment = env.oneOf<Environment>(
    'NODE_ENV',
    ['development', 'test', 'production'],
    'development',
  );
  const production = environment === 'production';
  const roles = env.roles('ROLE', ROLES);
  return {
    environment,
    roles,
    logLevel: env.oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'silent'], 'info'),
    http: httpSettings(env, environment),
    graphql: {
      introspection: env.flag('GRAPHQL_INTROSPECTION', !production),
      playground: env.flag('GRAPHQL_PLAYGROUND', !production),
      // For the playground's tabs; without them, it says how to make some.
      playgroundTokens: {
        customer: env.optional('PLAYGROUND_TOKEN'),
        operator: env.optional('PLAYGROUND_OPERATOR_TOKEN'),
      },
      ...operationLimits(env),
    },
    rateLimit: rateLimitSettings(env),
    webSocket: webSocketSettings(env),
    auth: authSettings(env, environment),
    database: databaseSettings(env),
    redis: {
      url: env.url('REDIS_URL', ['redis:', 'rediss:'], { list: true }),
      // The braces keep all keys of the queue in one slot of a Redis Cluster.
      prefix: env.text('REDIS_PREFIX', '{orders}'),
      // A healthy Redis answers within 10 ms; a command that waits longer is better tried again later.
      commandTimeoutMs: env.integer('REDIS_COMMAND_TIMEOUT_MS', 2_000, { min: 10 }),
    },
    payment: paymentSettings(env, production),
    webhook: {
      secret: webhookSecret(env, { production, roles }),
      // A payment's events have some KB; the rest is for the metadata that somebody may add to it.
      bodyLimitBytes: env.integer('WEBHOOK_BODY_LIMIT_BYTES', 262_144, { min: 1_000 }),
      // Stripe repeats an event for three days at most; after that nobody asks whether it was seen.
      retentionMs: env.integer('WEBHOOK_RETENTION_MS', 7 * 86_400_000, { min: 0 }),
    },
    queue: queueSettings(env),
    relay: {
      // BullMQ's addBulk is fastest at some hundred jobs a call.
      batchSize: env.integer('RELAY_BATCH_SIZE', 500, { min: 1, max: 5_000 }),
      // The safety net under the wake-up; keeps the oldest message younger than a second.
      pollIntervalMs: env.integer('RELAY_POLL_INTERVAL_MS', 500, { min: 10 }),
      // A batch takes well under a second; a killed relay's batch is claimed again after this.
      leaseMs: env.integer('RELAY_LEASE_MS', 10_000, { min: 100 }),
    },
    recovery: {
      intervalMs: env.integer('RECOVERY_INTERVAL_MS', 5_000, { min: 100 }),
      // Far longer than the way from a commit to the queue; what is still queued by then is left alone.
      stuckAfterMs: env.integer('RECOVERY_STUCK_AFTER_MS', 15_000, { min: 100 }),
      batchSize: env.integer('RECOVERY_BATCH_SIZE', 500, { min: 1 }),
      // Delivered messages are kept this long for whoever looks into an incident.
      outboxRetentionMs: env.integer('OUTBOX_RETENTION_MS', 3_600_000, { min: 0 }),
    },
    live: {
      // What a subscriber waits at most when Redis lost the news.
      checkIntervalMs: env.integer('LIVE_CHECK_INTERVAL_MS', 2_000, { min: 50 }),
    },
  } as const;
}

function databaseSettings(env: EnvironmentReader) {
  const url = env.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  for (const fault of ignoredParameters(url)) env.fault('DATABASE_URL', fault);
  return {
    url,
    // Short statements: a few connections for each core of the database keep it busy. Recovery holds its lock
    // on one and works on another. The server sees twice as many at most, where it is at work on what was given up.
    poolSize: env.integer('DATABASE_POOL_SIZE', 10, { min: 2, max: 500 }),
    // About half a second's work of the pool; who would wait longer is better told at once to come back.
    queueLimit: env.integer('DATABASE_POOL_QUEUE_LIMIT', 1_000, { min: 1 }),
    // Waiting for a free connection included; with it a create fails within 2 s when the database is down, also
    // in a busy process. A new connection takes some 10 ms.
    connectTimeoutMs: env.integer('DATABASE_CONNECT_TIMEOUT_MS', 1_400, { min: 10 }),
    // Every statement takes milliseconds; one that takes this long has lost its server. With a second's wait to
    // find a deadlock, and room after it for a new connection before the answer is due.
    queryTimeoutMs: env.integer('DATABASE_QUERY_TIMEOUT_MS', 2_500, { min: 10 }),
    // A create is answered within 5 s, whatever the database does; the rest is for the request around it, which
    // may read the order's items over a new connection, and which a busy process is slow with.
    answerTimeoutMs: env.integer('DATABASE_ANSWER_TIMEOUT_MS', 3_500, { min: 10 }),
  } as const;
}

function paymentSettings(env: EnvironmentReader, production: boolean) {
  return {
    secretKey: env.text('STRIPE_SECRET_KEY', production ? undefined : 'sk_test_sandbox', { secret: true }),
    // Undefined means Stripe itself.
    apiBase:
      env.optionalUrl('STRIPE_API_BASE', ['http:', 'https:']) ??
      (production ? undefined : 'http://127.0.0.1:4010'),
    // Stripe answers most charges within 2 s; some banks take 10 s and more.
    timeoutMs: env.integer('PAYMENT_TIMEOUT_MS', 15_000, { min: 10 }),
    retryBaseMs: env.integer('PAYMENT_RETRY_BASE_MS', 500, { min: 1 }),
    // Below the minute in which every order is to come to rest after an outage.
    retryCapMs: env.integer('PAYMENT_RETRY_CAP_MS', 15_000, { min: 1 }),
    // A gateway that asks for a longer wait is asked again after this: work must not rest unseen.
    maxRetryAfterMs: env.integer('PAYMENT_MAX_RETRY_AFTER_MS', 300_000, { min: 1 }),
    // A refund that the gateway keeps pending is asked for so often at least; its event comes sooner, mostly.
    maxPendingRefundPauseMs: env.integer('PAYMENT_MAX_PENDING_REFUND_PAUSE_MS', 300_000, { min: 1 }),
    // With the pauses above half a minute of trouble; what lasts longer is for an operator to see.
    maxAttempts: env.integer('PAYMENT_MAX_ATTEMPTS', 8, { min: 1, max: 1_000 }),
    // A person mistypes a card a few times; who has thirty payments declined in an hour tries out stolen numbers. A
    // shop's own server that orders for many customers under one sub needs more.
    maxDeclinesPerHour: env.integer('PAYMENT_DECLINES_PER_HOUR', 30, { min: 1 }),
    // So many failures in a row, over all orders of a worker, and it stops asking ...
    breakerFailures: env.integer('PAYMENT_BREAKER_FAILURES', 5, { min: 1 }),
    // ... for so long. Every worker tries once in that time, and is back soon after the gateway is.
    breakerPauseMs: env.integer('PAYMENT_BREAKER_PAUSE_MS', 5_000, { min: 1 }),
  } as const;
}

/** Needed where webhooks come in: in api processes. */
function webhookSecret(
  env: EnvironmentReader,
  { production, roles }: { readonly production: boolean; readonly roles: ReadonlySet<Role> },
): string {
  const fallback = production && roles.has('api') ? undefined : 'whsec_sandbox';
  return env.text('STRIPE_WEBHOOK_SECRET', fallback, { secret: true });
}

function queueSettings(env: EnvironmentReader) {
  return {
    // Charges under way in one worker; each mostly waits for the gateway.
    concurrency: env.integer('WORKER_CONCURRENCY', 25, { min: 1, max: 1_000 }),
    // Refunds under way in one worker, beside the charges: cancellations are few.
    refundConcurrency: env.integer('WORKER_REFUND_CONCURRENCY', 5, { min: 1, max: 1_000 }),
    // The jobs of a worker that was killed, or whose connection was cut as it took them, are taken up by another
    // after this and the next stalled check. A worker that only pauses for so long loses its jobs, and no more.
    lockMs: env.integer('WORKER_LOCK_MS', 5_000, { min: 1_000 }),
    stalledCheckIntervalMs: env.integer('WORKER_STALLED_CHECK_INTERVAL_MS', 2_000, { min: 500 }),
  } as const;
}
