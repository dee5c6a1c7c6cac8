import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** 9: soon after the last fault's end every order is at rest. */
export function itEnds(facts: Facts, restWithinMs: number): Judgement {
  const findings = new Findings(facts);
  const { rest, run } = facts.evidence;
  for (const { orderId, status } of rest.busy) {
    findings.check(false, { orderId }, `it is still ${status}`);
  }
  findings.check(rest.at !== null, 'the run', 'rest was not reached');
  if (rest.at !== null) {
    const tookMs = Math.round(rest.at - run.healedAt);
    findings.check(
      tookMs <= restWithinMs,
      'the run',
      `rest took ${tookMs} ms, and ${restWithinMs} ms are allowed`,
    );
  }
  return findings.judgement();
}
