import type { OutsideMovement, StoredDiscrepancy } from '../money.js';
import { typenameIn } from './answers.js';
import { isCallTo } from './calls.js';
import { disagreements } from './disagreements.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';
import { lostIn } from './lost-orders.js';
import type { Subject } from './story.js';

/** Enough for a busy system to have looked at its database, and for a sample of it. */
const TOGETHER_MS = 10_000;

/** 11: every difference between the gateway and the orders is listed, once, and none that isn't there. */
export function booksAgree(facts: Facts): Judgement {
  const findings = new Findings(facts);
  const { payments, dump } = facts.evidence;
  const broken = disagreements({ payments, dump });
  for (const { payment, what } of broken) findings.check(false, subjectOf(payment.orderId), what);
  // The others.
  const brokenIds = new Set(broken.map(({ payment }) => payment.id));
  for (const { id } of payments) if (!brokenIds.has(id)) findings.check(true, 'the run', '');
  const known = new Set(payments.map(({ id }) => id));
  for (const discrepancy of dump.discrepancies) {
    const { id, kind, orderId, paymentId } = discrepancy;
    findings.check(
      known.has(paymentId),
      subjectOf(orderId),
      `${id} is about ${paymentId}, which is no payment`,
    );
    findings.check(
      hadCause(facts, discrepancy),
      subjectOf(orderId),
      `${kind} of ${paymentId} was listed (${id}), and nothing in the run can have caused it`,
    );
  }
  for (const { orderId, namedBy } of dump.missingOrders)
    findings.check(
      lostIn(facts, orderId) !== undefined,
      { orderId },
      `it counts as missing, named by a ${namedBy}, and was never lost`,
    );
  checkNoticed(facts, findings);
  checkSecondOpinion(facts, findings);
  checkDecisions(facts, findings);
  return findings.judgement();
}

/** Every loss of commits is noticed, and none is suspected before there was one. */
function checkNoticed(facts: Facts, findings: Findings): void {
  const { samples } = facts.evidence;
  const { all } = facts.rewinds;
  const suspicions = samples.filter(({ gapReason }) => gapReason !== null);
  const [first] = suspicions;
  const firstLossAt = all[0]?.from ?? Infinity;
  findings.check(
    first === undefined || first.at >= firstLossAt,
    'the run',
    () => `at ${Math.round(first?.at ?? 0)} ms lost commits were suspected: ${first?.gapReason ?? ''}`,
  );
  for (const { fault, backAt } of all) {
    // Losses in quick succession are noticed together.
    const until = all.find(({ from }) => from >= backAt + TOGETHER_MS)?.from ?? Infinity;
    const isNoticed = suspicions.some(({ at }) => at >= backAt && at < until);
    findings.check(isNoticed, 'the run', `${fault} made PostgreSQL lose commits, and nobody noticed`);
  }
}

/** The API and the tables agree. */
function checkSecondOpinion(facts: Facts, findings: Findings): void {
  const { final, dump } = facts.evidence;
  const told = final.discrepancies.map(({ id, kind, state, gatewayPaymentId }) =>
    [id, kind, state, gatewayPaymentId].join(' '),
  );
  const stored = dump.discrepancies.map(({ id, kind, state, paymentId }) =>
    [id, kind, state, paymentId].join(' '),
  );
  findings.check(
    told.toSorted().join() === stored.toSorted().join(),
    'the run',
    () => `the API lists [${told.join(', ')}], and the tables [${stored.join(', ')}]`,
  );
}

/** What an operator's decision reported as done is done, unless PostgreSQL may have lost it. */
function checkDecisions(facts: Facts, findings: Findings): void {
  const stored = new Map(
    facts.evidence.dump.discrepancies.map((discrepancy) => [discrepancy.id, discrepancy]),
  );
  for (const call of facts.calls) {
    if (!isCallTo(call, 'resolvePaymentDiscrepancy')) continue;
    if (typenameIn(call.answer) !== 'PaymentDiscrepancySuccess' || facts.rewinds.at(call) !== undefined)
      continue;
    const { id, action } = call.operation;
    const discrepancy = stored.get(id);
    const isDone =
      discrepancy?.state === 'RESOLVED' || (action === 'REFUND' && (discrepancy?.refundBy ?? null) !== null);
    findings.check(
      isDone,
      subjectOf(discrepancy?.orderId ?? null),
      `#${call.id} was told that ${action} of ${id} is done, and it is ${discrepancy?.state ?? 'not there'}`,
    );
  }
}

function subjectOf(orderId: string | null): Subject {
  return orderId === null ? 'the run' : { orderId };
}

/** Also for what was resolved since: a difference that never was may not be listed for a moment. */
function hadCause(facts: Facts, { kind, paymentId, orderId }: StoredDiscrepancy): boolean {
  const moved = (movement: OutsideMovement['kind']) =>
    facts.evidence.outside.some((one) => one.paymentId === paymentId && one.kind === movement);
  const hasRewound = facts.rewinds.all.length > 0;
  switch (kind) {
    case 'DISPUTED':
      return moved('dispute');
    case 'REFUND_FAILED':
      return moved('failed-refund');
    case 'REFUNDED_OUTSIDE':
      return moved('refund') || hasRewound;
    case 'AMOUNT_MISMATCH':
      return facts.wrongCharges.has(orderId ?? '') || hasRewound;
    case 'ORPHAN_PAYMENT':
    case 'DOUBLE_PAYMENT':
      return hasRewound;
  }
}
