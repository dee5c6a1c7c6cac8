import type { Socket } from 'node:net';
import type { RequestCounts } from './control/request-counts.js';
import type { Faults } from './faults/faults.js';
import type { SandboxSettings } from './settings.js';
import type { Store } from './state/store.js';
import type { WebhookSender } from './webhooks/sender.js';

/** What the parts of one sandbox share. */
export interface Sandbox {
  readonly settings: SandboxSettings;
  readonly store: Store;
  readonly faults: Faults;
  readonly counts: RequestCounts;
  /** undefined: no events are made */
  readonly webhooks: WebhookSender | undefined;
  /** the connections whose last request was to Stripe's API */
  readonly apiSockets: Set<Socket>;
}
