import type { FinalOrder } from '../evidence.js';
import type { Create } from './calls.js';
import { type Facts, keyId } from './facts.js';
import { Findings, type Judgement } from './findings.js';
import { couldMake, linesOf } from './meaning.js';
import { lostIn } from './lost-orders.js';

/**
 * 2: every acknowledged order is stored, and every stored one was attempted with exactly its input. Where a fault made
 * PostgreSQL lose commits, only the orders of that time may be gone, and their customers can order them again.
 */
export function nothingLost(facts: Facts): Judgement {
  const findings = new Findings(facts);
  checkAcknowledged(facts, findings);
  checkSeen(facts, findings);
  for (const order of facts.orders.values()) {
    checkAttempted(facts, findings, order);
    checkPrices(facts, findings, order);
    checkSecondOpinion(facts, findings, order);
  }
  checkLists(facts, findings);
  checkNeverGone(facts, findings);
  return findings.judgement();
}

function checkAcknowledged(facts: Facts, findings: Findings): void {
  for (const [id, { call, key }] of facts.acknowledged) {
    const order = facts.orders.get(id);
    if (lostIn(facts, id) !== undefined) {
      checkRepeatable(facts, findings, id);
      continue;
    }
    // The key adds to the story of an order that does not exist.
    const subject = order === undefined ? { customer: call.customer, key } : { orderId: id };
    if (!findings.check(order !== undefined, subject, `the acknowledged order ${id} is lost`)) continue;
    findings.check(order?.idempotencyKey === key, subject, `it was acknowledged under ${key}`);
    const owner = facts.owners.get(id)?.join() ?? 'nobody';
    findings.check(
      owner === call.customer,
      subject,
      `it was acknowledged to ${call.customer}, and is listed by ${owner}`,
    );
  }
}

/** A customer whose order is gone gets it by the same call again. */
function checkRepeatable(facts: Facts, findings: Findings, id: string): void {
  const { customer } = facts.acknowledged.get(id)?.call ?? { customer: '' };
  const key = facts.acknowledged.get(id)?.key ?? '';
  const backAt = lostIn(facts, id)?.backAt ?? Infinity;
  const creates = facts.creates.get(keyId(customer, key)) ?? [];
  const meanings = new Set(creates.flatMap((create) => (makes(create, id) ? [create.meaning] : [])));
  const again = creates.filter(({ call, meaning }) => call.from > backAt && meanings.has(meaning));
  findings.check(
    again.length === 0 ||
      again.some(({ outcome }) => outcome.kind === 'success' || outcome.kind === 'reused'),
    { customer, key },
    `the acknowledged order ${id} was lost, and its customer can't order it again`,
  );
}

function makes({ outcome }: Create, id: string): boolean {
  return outcome.kind === 'success' && outcome.order.id === id;
}

/** Every order that an answer showed exists at the end, with the same key and total, or was lost afterwards. */
function checkSeen(facts: Facts, findings: Findings): void {
  for (const [orderId, sightings] of facts.sightings) {
    const order = facts.orders.get(orderId);
    const lost = lostIn(facts, orderId);
    for (const { call, order: seen } of sightings) {
      const subject = { orderId };
      if (lost !== undefined && call.from <= lost.until) continue;
      if (!findings.check(order !== undefined, subject, `#${call.id} showed an order that is not there`))
        continue;
      const same =
        order?.idempotencyKey === seen.idempotencyKey &&
        order.total.amount === seen.total.amount &&
        order.total.currency === seen.total.currency;
      findings.check(same, subject, `#${call.id} showed it with another key or total`);
    }
  }
}

function checkAttempted(facts: Facts, findings: Findings, order: FinalOrder): void {
  const owner = facts.owners.get(order.id)?.[0] ?? '';
  const attempts = facts.creates.get(keyId(owner, order.idempotencyKey)) ?? [];
  findings.check(
    attempts.some((attempt) => mayHaveMade(attempt, order)),
    { orderId: order.id },
    attempts.length === 0
      ? 'nobody ever attempted this order'
      : 'no attempt under its key can have made it: each was refused, or had other input',
  );
}

function mayHaveMade({ input, outcome }: Create, order: FinalOrder): boolean {
  const possible =
    outcome.kind === 'unknown' || (outcome.kind === 'success' && outcome.order.id === order.id);
  return possible && couldMake(input, order);
}

function checkPrices(facts: Facts, findings: Findings, { id: orderId, items, total }: FinalOrder): void {
  const subject = { orderId };
  let sum = 0;
  for (const { sku, quantity, unitPrice, lineTotal } of items) {
    const price = facts.evidence.run.prices[sku];
    const right =
      price?.active === true &&
      unitPrice.amount === price.amount &&
      unitPrice.currency === price.currency &&
      lineTotal.amount === price.amount * quantity &&
      lineTotal.currency === total.currency;
    findings.check(right, subject, () => `the line of ${sku} is not ${quantity} × ${JSON.stringify(price)}`);
    sum += lineTotal.amount;
  }
  findings.check(sum === total.amount, subject, `the lines make ${sum}, the total is ${total.amount}`);
  const skus = new Set(items.map(({ sku }) => sku));
  findings.check(
    skus.size === items.length,
    subject,
    () => `a product stands in two lines: ${linesOf(items)}`,
  );
}

/** The API and the tables agree. */
function checkSecondOpinion(facts: Facts, findings: Findings, order: FinalOrder): void {
  const subject = { orderId: order.id };
  const row = facts.rows.get(order.id);
  if (!findings.check(row !== undefined, subject, 'the API lists it, and the tables have no such order'))
    return;
  if (row === undefined) return;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['status', order.status, row.status],
    ['version', order.version, row.version],
    ['total', order.total.amount, row.totalAmount],
    ['key', order.idempotencyKey, row.idempotencyKey],
    ['owner', facts.owners.get(order.id)?.[0], row.customerId],
  ];
  for (const [what, said, stored] of pairs) {
    findings.check(
      said === stored,
      subject,
      `its ${what} is ${String(said)} to the API, ${String(stored)} in the tables`,
    );
  }
}

function checkLists(facts: Facts, findings: Findings): void {
  const { final, dump } = facts.evidence;
  findings.check(
    final.orders.length === facts.orders.size,
    'the run',
    'the list of all orders names one twice',
  );
  findings.check(dump.orders.length === facts.rows.size, 'the run', 'the tables hold an id twice');
  for (const orderId of facts.rows.keys()) {
    findings.check(
      facts.orders.has(orderId),
      { orderId },
      'it stands in the tables, and the API does not list it',
    );
  }
  for (const orderId of facts.orders.keys()) {
    const owners = facts.owners.get(orderId) ?? [];
    findings.check(
      owners.length === 1,
      { orderId },
      `it is listed ${owners.length} times: ${owners.join(', ')}`,
    );
  }
  for (const [orderId, owners] of facts.owners) {
    findings.check(
      facts.orders.has(orderId),
      { orderId },
      `only ${owners.join(', ')} lists it, and no operator`,
    );
  }
}

/** A customer that was sent an order finds it from then on. */
function checkNeverGone(facts: Facts, findings: Findings): void {
  for (const call of facts.calls) {
    const { operation, customer } = call;
    if (call.outcome !== 'ok' || call.answer !== null) continue;
    if (operation.name === 'order' && (operation.owner === customer || facts.operators.has(customer))) {
      const known = facts.acknowledged.get(operation.id);
      findings.check(
        known === undefined || call.from <= known.call.until || lostIn(facts, operation.id) !== undefined,
        { orderId: operation.id },
        `#${call.id} did not find the order after it was acknowledged`,
      );
    }
    if (operation.name === 'orderByIdempotencyKey') {
      const creates = facts.creates.get(keyId(customer, operation.key)) ?? [];
      findings.check(
        creates.every(
          ({ call: { until }, outcome }) =>
            outcome.kind !== 'success' || call.from <= until || lostIn(facts, outcome.order.id) !== undefined,
        ),
        { customer, key: operation.key },
        `#${call.id} found no order under the key after one was acknowledged`,
      );
    }
  }
}
