import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { chooseFaults } from './catalogue/catalogue.js';
import type { Fault } from './catalogue/fault.js';
import type { Mutant } from './mutants/mutant.js';
import { chooseMutants } from './mutants/mutants.js';

export interface Options {
  readonly seed: number;
  /** The number of orders that must be acknowledged before the run ends. */
  readonly orders: number;
  /** How long customers must have been active, in minutes. */
  readonly minutes: number;
  readonly faults: readonly Fault[];
  /** The options as they were given, for the command that repeats the run. */
  readonly given: readonly string[];
  /** Broken builds to be caught, instead of a run on the real one. */
  readonly mutants: readonly Mutant[] | undefined;
}

/** A short run ends when every fault has struck; this makes sure that there were calls to notice them. */
const SHORT_RUN_ORDERS = 1_000;
const LARGEST_SEED = 2 ** 32 - 1;

export const USAGE = `npm run faults -- [options]

  --seed N        repeats the schedule and the customers' decisions of that run (default: a new one)
  --orders N      runs until N orders are acknowledged (default ${SHORT_RUN_ORDERS})
  --minutes M     runs for at least M minutes
  --faults a,b    only these faults (default: all); a run ends when each has struck at least once
  --mutants a,b   builds these broken systems, and succeeds only if each is caught; "all" for all of them`;

/** @throws Error that says which option is wrong */
export function readOptions(parameters: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      seed: { type: 'string' },
      orders: { type: 'string' },
      minutes: { type: 'string' },
      faults: { type: 'string' },
      mutants: { type: 'string' },
    },
  });
  const { seed, orders, minutes, faults, mutants } = values;
  return {
    seed: seed === undefined ? randomInt(LARGEST_SEED) : wholeNumber('seed', seed, 0, LARGEST_SEED),
    orders: orders === undefined ? SHORT_RUN_ORDERS : wholeNumber('orders', orders, 1, 1_000_000),
    minutes: minutes === undefined ? 0 : wholeNumber('minutes', minutes, 1, 7 * 24 * 60),
    faults: chooseFaults(faults?.split(',')),
    given: Object.entries({ orders, minutes, faults, mutants }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${value}`],
    ),
    mutants:
      mutants === undefined ? undefined : chooseMutants(mutants === 'all' ? undefined : mutants.split(',')),
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`);
}
