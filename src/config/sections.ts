import { AUTH, KEY_SET } from './auth.js';
import { DATABASE } from './database.js';
import { GRAPHQL, RATE_LIMIT } from './graphql.js';
import { HTTP } from './http.js';
import { PAYMENT } from './payment.js';
import { PROCESS } from './process.js';
import { QUEUE } from './queue.js';
import { RECONCILE } from './reconcile.js';
import { RECOVERY } from './recovery.js';
import { REDIS } from './redis.js';
import { RELAY } from './relay.js';
import { LIVE, WEB_SOCKET } from './subscriptions.js';
import type { Section } from './variables/variable.js';
import { WEBHOOK } from './webhook.js';

/** All environment variables of the roles, in the order of docs/configuration.md. */
export const SECTIONS: readonly Section[] = [
  PROCESS,
  DATABASE,
  REDIS,
  PAYMENT,
  WEBHOOK,
  AUTH,
  KEY_SET,
  HTTP,
  GRAPHQL,
  RATE_LIMIT,
  WEB_SOCKET,
  LIVE,
  RELAY,
  QUEUE,
  RECOVERY,
  RECONCILE,
];

export const VARIABLES = SECTIONS.flatMap(({ variables }) => Object.values(variables));
