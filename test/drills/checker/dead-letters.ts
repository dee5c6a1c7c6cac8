import type { FinalOrder } from '../evidence.js';
import { typenameIn } from './answers.js';
import { AT_REST } from './at-rest.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** 8: work that retries could not finish has a dead letter and waits for an operator; nothing else waits. */
export function deadLetters(facts: Facts): Judgement {
  const findings = new Findings(facts);
  for (const order of facts.orders.values()) {
    checkRest(facts, findings, order);
    checkConserved(facts, findings, order);
  }
  checkSecondOpinion(facts, findings);
  checkDecisions(facts, findings);
  return findings.judgement();
}

function checkRest(facts: Facts, findings: Findings, { id: orderId, status }: FinalOrder): void {
  const open = (facts.letters.get(orderId) ?? []).filter(({ state }) => state === 'OPEN').length;
  const due = AT_REST.has(status) ? 0 : 1;
  findings.check(open === due, { orderId }, `it is ${status}, and has ${open} open dead letters`);
}

/** The events say which dead letters there must be, and the state of each. */
function checkConserved(facts: Facts, findings: Findings, order: FinalOrder): void {
  const subject = { orderId: order.id };
  const letters = facts.letters.get(order.id) ?? [];
  const expected = lettersByHistory(order, () => {
    findings.check(false, subject, 'a second dead letter was opened, or one was settled that was not open');
  });
  const found = letters.map(({ task, state }) => `${task} ${state}`);
  findings.check(
    expected.sort().join() === found.sort().join(),
    subject,
    `by its events it has the dead letters [${expected.join(', ')}], and it has [${found.join(', ')}]`,
  );
  const taken = letters.filter(({ state, reason }) => state === 'DISCARDED' && (reason ?? '') === '');
  findings.check(taken.length === 0, subject, 'a dead letter is DISCARDED without a reason');
}

function lettersByHistory({ events }: FinalOrder, broken: () => void): string[] {
  const letters: string[] = [];
  let open: 'CHARGE' | 'REFUND' | undefined;
  const settle = (state: string) => {
    if (open !== undefined) letters.push(`${open} ${state}`);
    open = undefined;
  };
  for (const { type, status } of events) {
    switch (type) {
      case 'DEAD_LETTERED':
        if (open !== undefined) broken();
        settle('OPEN');
        open = status === 'CANCELLING' ? 'REFUND' : 'CHARGE';
        break;
      case 'DEAD_LETTER_RETRIED':
        if (open === undefined) broken();
        settle('RETRIED');
        break;
      case 'PAYMENT_SUCCEEDED':
        // A late report of the gateway settles the unknown outcome.
        settle('RETRIED');
        break;
      case 'DEAD_LETTER_DISCARDED':
        if (open === undefined) broken();
        settle('DISCARDED');
        break;
      case 'CANCELLATION_REQUESTED':
      case 'ORDER_CANCELLED':
        // A cancellation takes over what the charge left open.
        if (open === 'CHARGE') settle('DISCARDED');
        break;
      default:
    }
  }
  settle('OPEN');
  return letters;
}

function checkSecondOpinion(facts: Facts, findings: Findings): void {
  const { final, dump } = facts.evidence;
  const stored = new Map(dump.deadLetters.map((letter) => [letter.id, letter]));
  for (const { id, order, state } of final.deadLetters) {
    const subject = { orderId: order.id };
    const row = stored.get(id);
    findings.check(
      facts.orders.has(order.id),
      subject,
      `the dead letter ${id} is of an order that is not there`,
    );
    findings.check(
      row?.orderId === order.id && row.state === state,
      subject,
      `the dead letter ${id} is ${state} to the API, ${row?.state ?? 'not there'} in the tables`,
    );
  }
  const listed = new Set(final.deadLetters.map(({ id }) => id));
  findings.check(listed.size === final.deadLetters.length, 'the run', 'the API lists a dead letter twice');
  for (const { id, orderId } of dump.deadLetters) {
    findings.check(listed.has(id), { orderId }, `the dead letter ${id} is not listed by the API`);
  }
}

/** What an operator's command reported as done is done, unless PostgreSQL may have lost it. */
function checkDecisions(facts: Facts, findings: Findings): void {
  const letters = new Map(facts.evidence.final.deadLetters.map((letter) => [letter.id, letter]));
  for (const { id: call, from, until, operation, answer } of facts.calls) {
    if (facts.rewinds.at({ from, until }) !== undefined) continue;
    if (operation.name !== 'retryDeadLetter' && operation.name !== 'discardDeadLetter') continue;
    if (typenameIn(answer) !== 'DeadLetterSuccess') continue;
    const letter = letters.get(operation.id);
    const state = operation.name === 'retryDeadLetter' ? 'RETRIED' : 'DISCARDED';
    findings.check(
      letter?.state === state,
      letter === undefined ? 'the run' : { orderId: letter.order.id },
      `#${call} was told that ${operation.id} is ${state}, and it is ${letter?.state ?? 'not there'}`,
    );
  }
}
