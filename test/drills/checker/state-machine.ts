import type { FinalOrder, SeenEvent } from '../evidence.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

const WAITING = [
  'PENDING → PENDING',
  'PAYMENT_PROCESSING → PAYMENT_PROCESSING',
  'REQUIRES_ACTION → REQUIRES_ACTION',
  'CANCELLING → CANCELLING',
];

/** The contract's edges, by the events that allow them. */
const EDGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ORDER_CREATED', ['nothing → PENDING']],
  ['PAYMENT_STARTED', ['PENDING → PAYMENT_PROCESSING']],
  ['PAYMENT_ATTEMPT_FAILED', WAITING.slice(1)],
  ['PAYMENT_ACTION_REQUIRED', ['PAYMENT_PROCESSING → REQUIRES_ACTION']],
  ['PAYMENT_SUCCEEDED', ['PAYMENT_PROCESSING → CONFIRMED', 'REQUIRES_ACTION → CONFIRMED']],
  ['PAYMENT_DECLINED', ['PAYMENT_PROCESSING → PAYMENT_FAILED', 'REQUIRES_ACTION → PAYMENT_FAILED']],
  ['PAYMENT_REQUESTED', ['PAYMENT_FAILED → PENDING']],
  [
    'CANCELLATION_REQUESTED',
    ['PAYMENT_PROCESSING → CANCELLING', 'REQUIRES_ACTION → CANCELLING', 'CONFIRMED → CANCELLING'],
  ],
  ['REFUND_SUCCEEDED', ['CANCELLING → CANCELLING']],
  ['ORDER_CANCELLED', ['PENDING → CANCELLED', 'CANCELLING → CANCELLED']],
  ['DEAD_LETTERED', WAITING],
  ['DEAD_LETTER_RETRIED', WAITING],
  [
    'DEAD_LETTER_DISCARDED',
    [
      'PENDING → PAYMENT_FAILED',
      'PAYMENT_PROCESSING → PAYMENT_FAILED',
      'REQUIRES_ACTION → PAYMENT_FAILED',
      'CANCELLING → CANCELLED',
    ],
  ],
  ['DISCREPANCY_FOUND', ['CONFIRMED → CONFIRMED']],
  ['DISCREPANCY_RESOLVED', ['CONFIRMED → CONFIRMED']],
]);

/** 5: only allowed transitions, versions without a gap, and no answer ever showed anything else. */
export function stateMachine(facts: Facts): Judgement {
  const findings = new Findings(facts);
  for (const order of facts.orders.values()) {
    checkSteps(findings, order);
    checkSightings(facts, findings, order);
    checkTime(facts, findings, order.id);
  }
  return findings.judgement();
}

function checkSteps(findings: Findings, { id: orderId, events, status, failure }: FinalOrder): void {
  const subject = { orderId };
  let before: SeenEvent | undefined;
  for (const event of events) {
    const { type, previousStatus, version } = event;
    const step = `${previousStatus ?? 'nothing'} → ${event.status}`;
    findings.check(event.orderId === orderId, subject, `an event of ${event.orderId} stands among its own`);
    findings.check(
      version === (before?.version ?? 0) + 1,
      subject,
      `version ${version} follows version ${before?.version ?? 0}`,
    );
    findings.check(
      previousStatus === (before?.status ?? null),
      subject,
      `version ${version} leaves ${previousStatus ?? 'nothing'}, and it was ${before?.status ?? 'nothing'}`,
    );
    findings.check(
      EDGES.get(type)?.includes(step) === true,
      subject,
      `version ${version}: ${type} took it ${step}`,
    );
    before = event;
  }
  findings.check(
    (failure !== null) === (status === 'PAYMENT_FAILED'),
    subject,
    `it is ${status} ${failure === null ? 'without' : 'with'} a failure`,
  );
}

/** Answers during the run agree with the order's events. */
function checkSightings(facts: Facts, findings: Findings, { id: orderId, events }: FinalOrder): void {
  for (const { call, order } of facts.sightings.get(orderId) ?? []) {
    // What it showed may have been lost.
    if (facts.rewinds.at(call) !== undefined) continue;
    const event = events[order.version - 1];
    findings.check(
      event?.status === order.status,
      { orderId },
      `#${call.id} showed ${order.status} in version ${order.version}, which is ${event?.status ?? 'not there'} in the history`,
    );
  }
}

/** A request sent after a version was seen is never answered with an older one, unless what was seen was lost. */
function checkTime(facts: Facts, findings: Findings, orderId: string): void {
  const { rewinds } = facts;
  const sightings = facts.sightings.get(orderId) ?? [];
  const subscriptions = facts.subscriptionsOf.get(orderId) ?? [];
  const known = [
    ...sightings
      .filter(({ call }) => rewinds.at(call) === undefined)
      .map(({ call, order }) => ({ at: call.until, version: order.version, call: call.id })),
    ...subscriptions.flatMap(({ call, frames }) =>
      frames
        .filter(({ at }) => rewinds.atSending(at) === undefined)
        .map(({ at, event }) => ({ at, version: event.version, call: call.id })),
    ),
  ].sort((a, b) => a.at - b.at);
  const asked = [
    ...sightings.map(({ call, order }) => ({ from: call.from, version: order.version, call: call.id })),
    ...subscriptions.flatMap(({ call, frames: [first] }) =>
      // Without afterVersion it starts with the newest one.
      first === undefined || call.operation.afterVersion !== undefined
        ? []
        : [{ from: call.from, version: first.event.version, call: call.id }],
    ),
  ].sort((a, b) => a.from - b.from);
  let next = 0;
  let newest = { at: 0, version: 0, call: 0 };
  for (const { from, version, call } of asked) {
    for (let seen = known[next]; seen !== undefined && seen.at < from; seen = known[next]) {
      if (seen.version > newest.version) newest = seen;
      next += 1;
    }
    findings.check(
      version >= newest.version,
      { orderId },
      `#${call} showed version ${version} after #${newest.call} had shown version ${newest.version}`,
    );
  }
}
