import type { System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { delayLink } from './link-faults.js';
import { planFor, type Range } from './plan.js';
import { findLink, SANDBOX } from './targets.js';

const CONFIRM = 'payment_intents.confirm';
const LATE_WEBHOOK_MS = 3_000;

/**
 * What the payment gateway itself does wrong. A charge without an answer keeps its worker waiting for
 * PAYMENT_TIMEOUT_MS, and some errors use up an order's attempts, so these strike some requests only.
 */
export const GATEWAY_FAULTS: readonly Fault[] = [
  spoiling('gateway-latency', 'the payment gateway is slow', [2_500, 4_000], {
    kind: 'latency',
    latencyMs: 800,
  }),
  // Long enough for an order's attempts to be used up: dead letters are part of a run.
  spoiling('gateway-http-500', 'the payment gateway answers 500', [6_000, 8_000], {
    kind: 'http_500',
    probability: 0.4,
  }),
  spoiling('gateway-http-429', 'the payment gateway answers 429', [2_500, 4_000], {
    kind: 'http_429',
    probability: 0.5,
  }),
  spoiling(
    'gateway-charged-then-timeout',
    'the payment gateway charges, and does not answer',
    [2_000, 3_000],
    {
      kind: 'charged_then_timeout',
      endpoint: CONFIRM,
      probability: 0.3,
    },
  ),
  spoiling(
    'gateway-charged-then-reset',
    'the payment gateway charges, and cuts the connection',
    [2_500, 4_000],
    {
      kind: 'charged_then_reset',
      endpoint: CONFIRM,
      probability: 0.5,
    },
  ),
  spoiling('gateway-outage', 'the payment gateway takes no connections', [2_500, 4_000], { kind: 'outage' }),
  spoiling(
    'gateway-wrong-amount',
    'the payment gateway takes another amount than was asked for',
    [2_000, 3_000],
    {
      kind: 'wrong_amount',
      amount: 100,
      probability: 0.2,
    },
  ),
  spoiling('drop-webhooks', "the payment gateway's webhooks are lost", [2_500, 4_000], {
    kind: 'drop_webhook',
    probability: 0.7,
  }),
  spoiling('duplicate-webhooks', "the payment gateway's webhooks come twice", [2_500, 4_000], {
    kind: 'duplicate_webhook',
  }),
  {
    name: 'late-webhooks',
    what: "the payment gateway's webhooks come seconds late",
    plan: planFor([SANDBOX], [3_500, 5_000]),
    cause: (system, plan) => delayLink(findLink(system, 'webhook', plan.target), LATE_WEBHOOK_MS, plan),
  },
];

/** As the sandbox's control endpoint takes it. */
interface SandboxFault {
  readonly kind: string;
  readonly endpoint?: string;
  readonly probability?: number;
  readonly latencyMs?: number;
  readonly amount?: number;
}

function spoiling(name: string, what: string, duration: Range, fault: SandboxFault): Fault {
  return {
    name,
    what,
    plan: planFor([SANDBOX], duration),
    cause: (system, plan) => spoil(system, plan, fault),
  };
}

async function spoil(system: System, plan: Plan, fault: SandboxFault): Promise<Strike> {
  let struck = 0;
  try {
    await system.control('POST', 'faults', fault);
    struck = await lasting(plan, async () => strikesIn(await system.control('GET', 'faults')));
  } finally {
    await system.control('DELETE', 'faults');
  }
  return { struck, detail: `${fault.kind} struck ${struck} requests or webhooks at the gateway` };
}

/** How often the faults in the sandbox's list have struck. @throws where it is no such list */
function strikesIn(answer: unknown): number {
  const { faults } = answer as { faults: readonly { struck: number }[] };
  return faults.reduce((sum, { struck }) => sum + struck, 0);
}
