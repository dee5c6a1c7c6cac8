import type { Sample } from '../evidence.js';
import type { Facts } from './facts.js';
import { Findings, type Judgement } from './findings.js';

const OLDEST_BELOW_MS = 1_000;
/** A fault may have effects on the edges of a window before or after it. */
const EDGE_MS = 2_000;
/** With more lag than this, the machine is too busy for its times to count. */
const LATE_MS = 200;

/** 7: every message is delivered, and outside outages within a second. */
export function outbox(facts: Facts): Judgement {
  const findings = new Findings(facts);
  const { waitingMessages } = facts.evidence.dump;
  findings.check(waitingMessages.length === 0, 'the run', `${waitingMessages.length} messages wait at rest`);
  for (const { id, orderId, kind } of waitingMessages) {
    findings.check(false, { orderId }, `message ${id} (${kind}) waits at rest`);
  }
  for (const { at, oldestPendingMs } of calmSamples(facts)) {
    findings.check(
      (oldestPendingMs ?? 0) < OLDEST_BELOW_MS,
      'the run',
      `at ${Math.round(at)} ms all was well, and the oldest message had waited for ${oldestPendingMs ?? 0} ms`,
    );
  }
  return findings.judgement();
}

/** The samples that count: taken in a calm window, on a machine without much lag. */
export function calmSamples({ evidence: { run, samples } }: Facts): Sample[] {
  const punctual = (sample: Sample | undefined) => sample === undefined || sample.lagMs < LATE_MS;
  return samples.filter(
    (sample, index) =>
      sample.oldestPendingMs !== null &&
      [sample, samples[index - 1], samples[index + 1]].every(punctual) &&
      run.calm.some(({ from, until }) => sample.at >= from + EDGE_MS && sample.at <= until - EDGE_MS),
  );
}
