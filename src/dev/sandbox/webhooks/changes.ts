import type { Sandbox } from '../sandbox.js';
import type { Outcome } from '../state/records.js';
import { type ChangeCause, newEvent } from './events.js';

/**
 * Writes what a request changed to the journal, and has its events delivered.
 *
 * @param cause left out: something outside the API
 */
export function recordChange(sandbox: Sandbox, outcome: Outcome, cause?: ChangeCause): void {
  const { faults, store, webhooks } = sandbox;
  const { intent, refund } = outcome;
  const answer = cause?.answer;
  if (intent === undefined && answer === undefined) return;
  const live = intent?.livemode ?? false;
  const made = webhooks === undefined || intent === undefined ? [] : (outcome.events ?? []);
  const sent = made.flatMap(({ type, object }) => {
    // As if Stripe had lost it.
    if (faults.strike('drop_webhook', cause?.endpoint) !== undefined) return [];
    const isTwofold = faults.strike('duplicate_webhook', cause?.endpoint) !== undefined;
    return [{ event: newEvent(type, object, live, cause), isTwofold }];
  });
  const events = sent.length === 0 ? undefined : sent.map(({ event }) => event);
  store.record({ intent, refund, answer, events });
  for (const { event, isTwofold } of sent) webhooks?.send(event.id, isTwofold);
}
