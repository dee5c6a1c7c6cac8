import type { Socket } from 'node:net';
import type { RequestCounts } from './control/request-counts.js';
import type { Faults } from './faults/faults.js';
import type { SandboxSettings } from './settings.js';
import type { Store } from './state/store.js';
import type { WebhookSender } from './webhooks/sender.js';

/** The state and services that the parts of a sandbox share. */
export interface Sandbox {
  readonly settings: SandboxSettings;
  readonly store: Store;
  readonly faults: Faults;
  readonly counts: RequestCounts;
  /** undefined where no events are sent */
  readonly webhooks: WebhookSender | undefined;
  /** the connections whose last request was to Stripe's API */
  readonly apiSockets: Set<Socket>;
}
