import { type Create, grouped } from './calls.js';
import { type Facts, keyId } from './facts.js';
import { Findings, type Judgement } from './findings.js';
import { couldMake } from './meaning.js';
import { lostIn } from './lost-orders.js';

type Success = Create & { readonly outcome: { readonly kind: 'success' } };

/**
 * 1: each customer's key has at most one order; every successful answer names it, and none to other input. Where
 * PostgreSQL has lost the order, its key was free again, and has had one order after another.
 */
export function oneOrderAKey(facts: Facts): Judgement {
  const findings = new Findings(facts);
  for (const creates of facts.creates.values()) {
    checkAnswers(facts, findings, creates);
    checkRefusals(facts, findings, creates);
  }
  checkStored(facts, findings);
  checkByKey(facts, findings);
  return findings.judgement();
}

/** All successes name the same order, unless it was lost. */
function checkAnswers(facts: Facts, findings: Findings, creates: readonly Create[]): void {
  const byOrder = grouped(creates.filter(isSuccess), ({ outcome }) => outcome.order.id);
  let stored: string | undefined;
  for (const [id, answers] of byOrder) {
    checkAnswersOf(facts, findings, id, answers);
    if (lostIn(facts, id) !== undefined) continue;
    stored ??= id;
    for (const { call, input } of answers) {
      const subject = { customer: call.customer, key: input.key };
      findings.check(id === stored, subject, `answers name two orders: ${stored} and, #${call.id}, ${id}`);
    }
  }
}

/** The order is of this key only; the inputs have one meaning; one at most made it. */
function checkAnswersOf(facts: Facts, findings: Findings, id: string, successes: readonly Success[]): void {
  const [first] = successes;
  if (first === undefined) return;
  const { customer } = first.call;
  const subject = { customer, key: first.input.key };
  for (const { call, meaning } of successes)
    findings.check(meaning === first.meaning, subject, `#${call.id} has other input and was not refused`);
  const made = successes.filter(({ outcome }) => !outcome.replayed);
  findings.check(made.length <= 1, subject, `${made.length} answers say that they made the order`);
  const other = facts.acknowledged.get(id);
  const same = other?.call.customer === customer && other.key === subject.key;
  findings.check(same, subject, `the order ${id} was also answered to ${other?.call.customer ?? ''}`);
}

function isSuccess(create: Create): create is Success {
  return create.outcome.kind === 'success';
}

/** IdempotencyKeyReused needs another input before it; after an acknowledgement there is no other refusal. */
function checkRefusals(facts: Facts, findings: Findings, creates: readonly Create[]): void {
  const all = creates.filter(isSuccess);
  // A key whose order was lost was free again.
  const successes = all.some(({ outcome }) => lostIn(facts, outcome.order.id) !== undefined) ? [] : all;
  const stored = successes[0]?.meaning;
  // A call without an answer may have made the order that a later answer names.
  const makers = creates.filter(
    ({ outcome, meaning }) =>
      outcome.kind === 'success' ||
      (outcome.kind === 'unknown' && (stored === undefined || stored === meaning)),
  );
  const acknowledgedAt = Math.min(Infinity, ...successes.map(({ call }) => call.until));
  for (const { call, input, meaning, outcome } of creates) {
    const subject = { customer: call.customer, key: input.key };
    if (outcome.kind === 'reused') {
      const explained = makers.some((maker) => maker.meaning !== meaning && maker.call.from <= call.until);
      findings.check(
        explained,
        subject,
        `#${call.id} was told that the key is used with other input, and it was not`,
      );
    }
    if (outcome.kind === 'refused') {
      findings.check(
        call.from <= acknowledgedAt,
        subject,
        `#${call.id} repeats an acknowledged key, and got ${outcome.typename}`,
      );
    }
  }
}

function checkStored(facts: Facts, findings: Findings): void {
  for (const orders of facts.ordersUnder.values()) {
    const [order] = orders;
    if (order === undefined) continue;
    const ids = orders.map(({ id }) => id).join(', ');
    findings.check(orders.length === 1, { orderId: order.id }, `one key has the orders ${ids}`);
  }
  for (const rows of facts.rowsUnder.values()) {
    const [row] = rows;
    if (row === undefined) continue;
    const ids = rows.map(({ id }) => id).join(', ');
    findings.check(rows.length === 1, { orderId: row.id }, `one key has the rows ${ids}`);
  }
  for (const [id, creates] of facts.creates) {
    const reused = creates.find(({ outcome }) => outcome.kind === 'reused');
    if (reused === undefined) continue;
    const { call, input, meaning } = reused;
    if (facts.rewinds.at(call) !== undefined) continue;
    const subject = { customer: call.customer, key: input.key };
    const stored = facts.ordersUnder.get(id) ?? [];
    findings.check(stored.length > 0, subject, `#${call.id} was told that the key is used; it has no order`);
    const others = creates.filter((create) => create.meaning !== meaning);
    for (const order of stored) {
      const made = others.some((create) => couldMake(create.input, order));
      findings.check(made, { orderId: order.id }, `#${call.id} was refused, and the order is of its input`);
    }
  }
}

/** orderByIdempotencyKey agrees with the list of orders, during the run and at its end. */
function checkByKey(facts: Facts, findings: Findings): void {
  for (const { customer, key, orderId } of facts.evidence.final.byKey) {
    const id = keyId(customer, key);
    const stored = facts.ordersUnder.get(id)?.[0]?.id ?? null;
    findings.check(
      orderId === stored,
      { customer, key },
      `the key's order is ${orderId ?? 'none'} when asked for, ${stored ?? 'none'} in the list`,
    );
  }
  for (const [id, creates] of facts.creates) {
    // An invalid key can't be looked up.
    const sent = creates.find(
      ({ outcome, input }) => outcome.kind !== 'failed' && input.intent !== 'invalid',
    );
    if (sent === undefined) continue;
    const subject = { customer: sent.call.customer, key: sent.input.key };
    findings.check(facts.askedInTheEnd.has(id), subject, 'nobody asked in the end what became of the key');
  }
  for (const [orderId, sightings] of facts.sightings) {
    for (const { call } of sightings) {
      if (call.operation.name !== 'orderByIdempotencyKey' || lostIn(facts, orderId) !== undefined) continue;
      const subject = { customer: call.customer, key: call.operation.key };
      const stored = facts.ordersUnder.get(keyId(call.customer, subject.key)) ?? [];
      findings.check(
        stored.some(({ id }) => id === orderId),
        subject,
        `#${call.id} found ${orderId} under the key, which is not its order`,
      );
    }
  }
}
