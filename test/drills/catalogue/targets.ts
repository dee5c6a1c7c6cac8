import type { Link, LinkKind } from '../system/link.js';
import type { Program } from '../system/program.js';
import type { System } from '../system/system.js';

/** The processes by name, so that a plan does not need the running system. */
export const APIS = ['api-1', 'api-2'] as const;
export const RELAYS = ['relay-1', 'relay-2'] as const;
export const WORKERS = ['worker-1', 'worker-2'] as const;
export const PROCESSES = [...APIS, ...RELAYS, ...WORKERS] as const;
export const SANDBOX = 'sandbox';

/** A process, or the sandbox. @throws if there is none of that name */
export function findProgram(system: System, name: string): Program {
  const found = [...system.processes, system.sandbox].find((program) => program.name === name);
  if (found === undefined) throw new Error(`there is no process ${name}`);
  return found;
}

/** @throws if there is none */
export function findLink(system: System, kind: LinkKind, owner: string): Link {
  const found = system.links.find((link) => link.kind === kind && link.owner === owner);
  if (found === undefined) throw new Error(`${owner} has no ${kind} link`);
  return found;
}
