import type { CounterExample } from './explorer.js';

/** A counter-example for people: what is broken, and how to get there, one line a step. */
export function printed({ broken, path }: CounterExample): string {
  const steps = path.map((text, index) => `${String(index + 1).padStart(3)}. ${text}`);
  return [`broken: ${broken}`, ...steps].join('\n');
}
