import type { FinalOrder, SeenEvent } from '../evidence.js';
import { refusalOf } from './gateway-rules.js';
import { type Facts, keyId } from './facts.js';
import type { Findings } from './findings.js';
import { couldMake } from './meaning.js';
import { isPaidAgain, wasPaidInLostTime } from './paid-again.js';
import { sinceStart } from './story.js';

/** How long after its end a fault may still affect new orders. */
const FELT_FOR_MS = 10_000;
/** The run's clock and the database's are read at slightly different moments. */
const CLOCK_ERROR_MS = 500;
const FAILED_ATTEMPT: ReadonlySet<string> = new Set(['PAYMENT_ATTEMPT_FAILED', 'DEAD_LETTERED']);

/** What the gateway refuses for good is final at once, with the gateway's reason, and holds nobody up. */
export function checkRefusals(facts: Facts, findings: Findings): void {
  for (const order of facts.orders.values()) {
    const code = expectedRefusal(facts, order);
    if (code !== undefined) checkRefused(facts, findings, order, code);
  }
}

/** The code with which the gateway refuses the order; undefined if it doesn't, or if that is unknown. */
export function expectedRefusal(facts: Facts, order: FinalOrder): string | undefined {
  // Then the method is another one.
  if (isPaidAgain(order) || wasPaidInLostTime(facts, order)) return refusalOf(order.total);
  const owner = facts.owners.get(order.id)?.[0] ?? '';
  const attempts = facts.creates.get(keyId(owner, order.idempotencyKey)) ?? [];
  const successes = attempts.filter(({ outcome }) => outcome.kind === 'success');
  // Without a success, calls of another meaning may both have made it.
  const makers = successes.length > 0 ? successes : attempts.filter(({ input }) => couldMake(input, order));
  const [code, ...others] = new Set(makers.map(({ input }) => refusalOf(order.total, input.paymentMethod)));
  return others.length === 0 ? code : undefined;
}

function checkRefused(facts: Facts, findings: Findings, order: FinalOrder, code: string): void {
  const { id: orderId, status, failure, events } = order;
  const subject = { orderId };
  const captures = facts.ledger.get(orderId)?.captures ?? 0;
  findings.check(captures === 0, subject, `the gateway refuses it (${code}), and captured ${captures} times`);
  findings.check(status !== 'CONFIRMED', subject, `it is CONFIRMED, and the gateway refuses it (${code})`);
  const declined = events.some(({ type }) => type === 'PAYMENT_DECLINED');
  findings.check(
    !declined || failure?.code === code,
    subject,
    `it failed by ${failure?.code ?? 'nothing'}, and the gateway refuses it by ${code}`,
  );
  const failed = events.filter(({ type }) => FAILED_ATTEMPT.has(type));
  findings.check(
    failed.every((event) => isExplained(facts, order, event)),
    subject,
    `${failed.length} attempts failed or were given up without a fault, and the gateway refuses it (${code})`,
  );
}

/** Whether a fault had effects at some time between the order's creation and the event. */
function isExplained(facts: Facts, { createdAt }: FinalOrder, { occurredAt }: SeenEvent): boolean {
  const { faults, run } = facts.evidence;
  const from = sinceStart(facts, createdAt) - FELT_FOR_MS;
  const until = sinceStart(facts, occurredAt) + CLOCK_ERROR_MS;
  // Healing restarts what the last faults stopped.
  const healing = { from: Math.max(...faults.map((fault) => fault.until)), until: run.healedAt };
  const disturbances = faults.length === 0 ? [] : [...faults, healing];
  return disturbances.some((wrong) => wrong.from <= until && wrong.until >= from);
}
