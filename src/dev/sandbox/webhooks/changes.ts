import type { Sandbox } from '../sandbox.js';
import type { Outcome } from '../state/records.js';
import { type ChangeCause, newEvent } from './events.js';

/**
 * Writes a request's changes to the journal, and sends its events.
 *
 * @param cause undefined for a change outside the API
 */
export function recordChange(sandbox: Sandbox, outcome: Outcome, cause?: ChangeCause): void {
  const { faults, store, webhooks } = sandbox;
  const { intent, refund } = outcome;
  const answer = cause?.answer;
  if (intent === undefined && answer === undefined) return;
  const live = intent?.livemode ?? false;
  const created = webhooks === undefined || intent === undefined ? [] : (outcome.events ?? []);
  const sent = created.flatMap(({ type, object }) => {
    if (faults.strike('drop_webhook', cause?.endpoint) !== undefined) return [];
    const sendTwice = faults.strike('duplicate_webhook', cause?.endpoint) !== undefined;
    return [{ event: newEvent(type, object, live, cause), sendTwice }];
  });
  const events = sent.length === 0 ? undefined : sent.map(({ event }) => event);
  store.record({ intent, refund, answer, events });
  for (const { event, sendTwice } of sent) webhooks?.send(event.id, sendTwice);
}
