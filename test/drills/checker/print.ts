import type { InvariantVerdict, Verdict } from '../verdict.js';

/** A short table, the reasons why the run proves too little, and the first violation's story in full. */
export function printVerdict({ holds, invariants, vacuous }: Verdict): string[] {
  const width = Math.max(...invariants.map(({ name }) => name.length));
  const table = invariants.map((invariant) => {
    const { number, name, checks } = invariant;
    return `${String(number).padStart(2)}  ${name.padEnd(width)}  ${String(checks).padStart(9)} checks  ${result(invariant)}`;
  });
  return [
    ...table,
    ...vacuous.map((why) => `Shows nothing: ${why}.`),
    ...firstStory(invariants),
    holds ? 'Every invariant held.' : 'The run has FAILED.',
  ];
}

function result({ violations }: InvariantVerdict): string {
  return violations.length === 0 ? 'holds' : `BROKEN ${violations.length}`;
}

function firstStory(invariants: readonly InvariantVerdict[]): string[] {
  for (const { number, name, violations } of invariants) {
    const [first] = violations;
    if (first === undefined) continue;
    const last = violations.at(-1);
    return [
      '',
      `Invariant ${number}, ${name}: ${first.what}`,
      ...(last === undefined || last === first ? [] : [`(and, the last one: ${last.what})`]),
      ...first.story.map((line) => `  ${line}`),
      '',
    ];
  }
  return [];
}
