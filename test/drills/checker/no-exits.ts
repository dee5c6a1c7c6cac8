import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

/** 13, beyond the contract: a process that was ready ends only when it is stopped or killed. */
export function noExits(facts: Facts): Judgement {
  const findings = new Findings(facts);
  const ended = facts.evidence.exits.filter(({ ready }) => ready);
  findings.check(ended.length === 0, 'the run', `${ended.length} processes ended by themselves`);
  for (const { at, process, code, signal, lastLines } of ended) {
    const how = signal ?? `status ${code ?? 'unknown'}`;
    const said = lastLines.join(' | ');
    findings.check(
      false,
      'the run',
      `${process} ended at ${Math.round(at)} ms by ${how}, and said last: ${said}`,
    );
  }
  return findings.judgement();
}
