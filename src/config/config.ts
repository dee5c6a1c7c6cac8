import { authSettings } from './auth.js';
import { databaseSettings } from './database.js';
import { graphqlSettings, RATE_LIMIT } from './graphql.js';
import { httpSettings } from './http.js';
import { paymentSettings } from './payment.js';
import { PROCESS } from './process.js';
import { QUEUE } from './queue.js';
import { RECONCILE } from './reconcile.js';
import { RECOVERY } from './recovery.js';
import { REDIS } from './redis.js';
import { RELAY } from './relay.js';
import type { Role } from './roles.js';
import { refuseInsecureSecrets } from './secrets.js';
import { VARIABLES } from './sections.js';
import { LIVE, WEB_SOCKET } from './subscriptions.js';
import { EnvironmentReader } from './variables/environment-reader.js';
import type { Values } from './variables/variable.js';
import { WEBHOOK } from './webhook.js';

/** The checked environment: a group of settings for each subject. Durations are in ms, sizes in bytes. */
export type Config = ReturnType<typeof readSettings> & Values<typeof PROCESS.variables>;

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
  const faults: string[] = [];
  const first = new EnvironmentReader(env, { production: false, roles: new Set() }, faults);
  const process = first.read(PROCESS);
  const production = process.environment === 'production';
  // Where ROLE is invalid, nothing is known to be required.
  const roles = first.hasFault('ROLE') ? new Set<Role>() : process.roles;
  const reader = new EnvironmentReader(env, { production, roles }, faults);
  const settings = readSettings(reader);
  if (production) refuseInsecureSecrets(reader, VARIABLES);
  if (faults.length > 0) throw new ConfigError(faults);
  return { ...process, ...settings };
}

/** What a command needs that works on payments and needs no Redis. */
export type CommandConfig = Pick<Config, 'database' | 'payment' | 'recovery' | 'reconcile'>;

/**
 * As readConfig(), for such a command.
 * @throws ConfigError that names every faulty variable
 */
export function readCommandConfig(env: Readonly<Record<string, string | undefined>>): CommandConfig {
  const faults: string[] = [];
  const roles: ReadonlySet<Role> = new Set();
  const { environment } = new EnvironmentReader(env, { production: false, roles }, faults).read(PROCESS);
  const reader = new EnvironmentReader(env, { production: environment === 'production', roles }, faults);
  const config = {
    database: databaseSettings(reader),
    payment: paymentSettings(reader),
    recovery: reader.read(RECOVERY),
    reconcile: reader.read(RECONCILE),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function readSettings(reader: EnvironmentReader) {
  return {
    http: httpSettings(reader),
    graphql: graphqlSettings(reader),
    rateLimit: reader.read(RATE_LIMIT),
    webSocket: reader.read(WEB_SOCKET),
    auth: authSettings(reader),
    database: databaseSettings(reader),
    redis: reader.read(REDIS),
    payment: paymentSettings(reader),
    webhook: reader.read(WEBHOOK),
    relay: reader.read(RELAY),
    queue: reader.read(QUEUE),
    recovery: reader.read(RECOVERY),
    reconcile: reader.read(RECONCILE),
    live: reader.read(LIVE),
  };
}
