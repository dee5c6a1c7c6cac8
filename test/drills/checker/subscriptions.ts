import { differences } from './answers.js';
import type { Subscription } from './calls.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** The one status that nothing leaves: a failed payment can be paid again. */
const FINAL = 'CANCELLED';
/** The contract's maximum time for filling a gap. */
const GAP_FILLED_WITHIN_MS = 5_000;

/**
 * 6: a subscriber sees every event once, in order, as it is stored, and only of orders that it may see. Events that
 * PostgreSQL has lost may have been sent; then the order's versions begin again below those that were seen, and the
 * subscriber is sent what is stored from the first one on.
 */
export function subscriptions(facts: Facts): Judgement {
  const findings = new Findings(facts);
  for (const subscription of facts.subscriptions) {
    if (maySee(facts, subscription.call.customer, subscription.call.operation)) {
      checkFrames(facts, findings, subscription);
      checkEnd(facts, findings, subscription);
    } else {
      checkForeign(findings, subscription);
    }
  }
  for (const { id, customer, operation, outcome, answer } of facts.calls) {
    if (
      operation.name === 'order' &&
      outcome === 'ok' &&
      !maySee(facts, customer, { ...operation, orderId: operation.id })
    ) {
      findings.check(
        answer === null,
        { orderId: operation.id },
        `#${id} showed ${customer} another customer's order`,
      );
    }
  }
  return findings.judgement();
}

function maySee(
  facts: Facts,
  customer: string,
  { orderId, owner }: { readonly orderId: string; readonly owner: string },
): boolean {
  return facts.operators.has(customer) || (facts.owners.get(orderId)?.[0] ?? owner) === customer;
}

function checkFrames(facts: Facts, findings: Findings, { call, frames }: Subscription): void {
  const { orderId, afterVersion } = call.operation;
  const subject = { orderId };
  const stored = facts.orders.get(orderId)?.events ?? [];
  let last = afterVersion;
  for (const { at, event } of frames) {
    const startsOver = event.version === 1 && facts.rewinds.all.some(({ from }) => from <= at);
    findings.check(
      startsOver || event.version === (last ?? event.version - 1) + 1,
      subject,
      `#${call.id} was sent version ${event.version} after version ${last ?? 0}`,
    );
    last = event.version;
    if (facts.rewinds.atSending(at) !== undefined) continue;
    const twin = stored.find(({ version }) => version === event.version);
    if (
      !findings.check(
        twin !== undefined,
        subject,
        `#${call.id} was sent version ${last}, which is not stored`,
      )
    ) {
      continue;
    }
    const differing = twin === undefined ? [] : differences(event, twin);
    findings.check(
      differing.length === 0,
      subject,
      `#${call.id} was sent version ${last} with another ${differing.join(', ')} than is stored`,
    );
  }
}

function checkEnd(facts: Facts, findings: Findings, { call, frames, end }: Subscription): void {
  const { orderId, afterVersion } = call.operation;
  const subject = { orderId };
  const order = facts.orders.get(orderId);
  // Invariant 2 reports an order that does not exist at the end.
  if (order === undefined) return;
  if (end?.how !== 'error' && wasSeenBeforeItsLoss(facts, orderId)) return;
  const seen = frames.at(-1)?.event.version ?? afterVersion ?? 0;
  switch (end?.how) {
    case 'complete':
      findings.check(
        seen >= order.version && order.events.at(-1)?.status === FINAL,
        subject,
        `#${call.id} was completed after version ${seen}; the order is ${order.status} in version ${order.version}`,
      );
      return;
    case 'error': {
      const known = facts.acknowledged.get(orderId);
      const lie = end.error?.code === 'NOT_FOUND' && known !== undefined && known.call.until < call.from;
      findings.check(!lie, subject, `#${call.id} was told that the customer's own order does not exist`);
      return;
    }
    case 'lost':
      return;
    case 'left':
    case undefined: {
      const { at: restAt } = facts.evidence.rest;
      // A subscription that was left earlier may have missed later events.
      if (restAt === null || (end?.at ?? Infinity) < restAt + GAP_FILLED_WITHIN_MS) return;
      findings.check(
        seen >= order.version,
        subject,
        `#${call.id} stayed to the end and saw version ${seen} of ${order.version}`,
      );
      findings.check(
        order.status !== FINAL,
        subject,
        `#${call.id} was not completed, and it is ${order.status}`,
      );
    }
  }
}

/** Whether a subscriber saw something of the order that may have been lost. */
function wasSeenBeforeItsLoss({ rewinds, subscriptionsOf }: Facts, orderId: string): boolean {
  return (subscriptionsOf.get(orderId) ?? []).some(
    ({ frames, end }) =>
      frames.some(({ at }) => rewinds.atSending(at) !== undefined) ||
      (end?.how === 'complete' && rewinds.atSending(end.at) !== undefined),
  );
}

function checkForeign(findings: Findings, { call, frames, end }: Subscription): void {
  const subject = { orderId: call.operation.orderId };
  const who = `#${call.id}, ${call.customer},`;
  findings.check(frames.length === 0, subject, `${who} was sent events of another customer's order`);
  const error = end?.error;
  const silent =
    end?.how !== 'complete' &&
    (end?.how !== 'error' ||
      error === undefined ||
      error.code === 'NOT_FOUND' ||
      error.retryable === true ||
      error.code === 'NO_ANSWER' ||
      error.code === 'TIMEOUT');
  findings.check(silent, subject, `${who} could tell from the end that another customer's order exists`);
}
