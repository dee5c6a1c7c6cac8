import type { Direction } from '../../support/tcp-connection.js';
import type { Link, LinkKind } from '../system/link.js';
import type { System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor, type Range } from './plan.js';
import { APIS, findLink, PROCESSES, SANDBOX, WORKERS } from './targets.js';

const CUT_EVERY_MS = 500;
const CUT_COMMIT_EVERY_MS = 300;

interface LinkType {
  readonly kind: LinkKind;
  /** Fits into the middle of a sentence. */
  readonly what: string;
  readonly owners: readonly string[];
  /** The delay of each message: shorter than every timeout, but far from usual. */
  readonly delayMs: number;
  /** Long enough for deadlines to pass, except the gateway's, for which all charges would wait. */
  readonly swallow: Range;
}

const LINKS: readonly LinkType[] = [
  {
    kind: 'client',
    what: 'customers and an api process',
    owners: APIS,
    delayMs: 300,
    swallow: [2_500, 4_000],
  },
  {
    kind: 'postgres',
    what: 'a process and PostgreSQL',
    owners: PROCESSES,
    delayMs: 150,
    swallow: [3_000, 4_500],
  },
  { kind: 'redis', what: 'a process and Redis', owners: PROCESSES, delayMs: 300, swallow: [2_500, 4_000] },
  {
    kind: 'gateway',
    what: 'a worker and the payment gateway',
    // A relay asks too seldom for a fault of some seconds to meet it.
    owners: WORKERS,
    delayMs: 400,
    swallow: [1_000, 2_000],
  },
  {
    kind: 'webhook',
    what: 'the payment gateway and an api process',
    owners: [SANDBOX],
    delayMs: 300,
    swallow: [1_500, 3_000],
  },
];

export const LINK_FAULTS: readonly Fault[] = [
  ...LINKS.flatMap((link) => [
    delaying(link),
    cutting(link),
    swallowing(link, 'there'),
    swallowing(link, 'back'),
  ]),
  cuttingAtCommit('before'),
  cuttingAtCommit('after'),
];

function delaying({ kind, what, owners, delayMs }: LinkType): Fault {
  return {
    name: `delay-${kind}-link`,
    what: `all messages between ${what} are ${delayMs} ms late`,
    plan: planFor(owners, [2_000, 4_000]),
    cause: (system, plan) => delayLink(findLink(system, kind, plan.target), delayMs, plan),
  };
}

/** Other faults that are a slow link use it, too. */
export async function delayLink(link: Link, delayMs: number, plan: Plan): Promise<Strike> {
  const before = link.struck.delayed;
  let delayed = 0;
  try {
    link.delay(delayMs);
    delayed = await lasting(plan, () => link.struck.delayed - before);
  } finally {
    link.restore();
  }
  return { struck: delayed, detail: `${delayed} messages on ${link.name} came ${delayMs} ms late` };
}

function cutting({ kind, what, owners }: LinkType): Fault {
  return {
    name: `cut-${kind}-link`,
    what: `the connections between ${what} are cut repeatedly`,
    plan: planFor(owners, [1_500, 3_000]),
    async cause(system, { target, durationMs }) {
      const link = findLink(system, kind, target);
      let cut = 0;
      await lasting({ durationMs, everyMs: CUT_EVERY_MS }, () => (cut += link.cut()));
      return { struck: cut, detail: `${cut} connections on ${link.name} were cut` };
    },
  };
}

function swallowing({ kind, what, owners, swallow }: LinkType, direction: Direction): Fault {
  const way = direction === 'there' ? 'requests' : 'answers';
  return {
    name: `swallow-${kind}-link-${direction}`,
    what: `all ${way} between ${what} are lost silently`,
    plan: planFor(owners, swallow),
    async cause(system, plan) {
      const link = findLink(system, kind, plan.target);
      const before = link.struck.swallowed;
      let swallowed = 0;
      try {
        link.swallow(direction);
        swallowed = await lasting(plan, () => link.struck.swallowed - before);
      } finally {
        link.restore();
      }
      return { struck: swallowed, detail: `${swallowed} ${way} on ${link.name} were lost` };
    },
  };
}

function cuttingAtCommit(when: 'before' | 'after'): Fault {
  return {
    name: `cut-${when}-commit`,
    what:
      when === 'before'
        ? 'connections to PostgreSQL are cut just before a write arrives'
        : 'connections to PostgreSQL are cut after the commit and before its answer arrives',
    plan: planFor(PROCESSES, [2_000, 4_000]),
    cause: (system, plan) => cutAtCommits(system, plan, when),
  };
}

async function cutAtCommits(
  system: System,
  { target, durationMs }: Plan,
  when: 'before' | 'after',
): Promise<Strike> {
  const link = findLink(system, 'postgres', target);
  const before = link.struck.cut;
  let cut = 0;
  try {
    cut = await lasting({ durationMs, everyMs: CUT_COMMIT_EVERY_MS }, () => {
      const soFar = link.struck.cut - before;
      link.cutAtCommit(when, 1);
      return soFar;
    });
  } finally {
    link.restore();
  }
  return { struck: cut, detail: `${cut} connections on ${link.name} were cut ${when} a commit` };
}
