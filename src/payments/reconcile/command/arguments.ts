import { parseArgs } from 'node:util';
import { parseDuration } from '../../../platform/duration.js';

export const USAGE = 'usage: npm run reconcile -- [--since 24h] [--json]';

export interface ReconcileArguments {
  /** How long ago the oldest payments were made that are compared. */
  readonly sinceMs: number;
  /** One JSON document instead of a line for each discrepancy. */
  readonly json: boolean;
}

/** @throws with a message for the caller, where the arguments are wrong */
export function readArguments(parameters: readonly string[]): ReconcileArguments {
  const { values } = parseArgs({
    args: [...parameters],
    options: { since: { type: 'string', default: '24h' }, json: { type: 'boolean', default: false } },
  });
  return { sinceMs: parseDuration(values.since) * 1_000, json: values.json };
}
