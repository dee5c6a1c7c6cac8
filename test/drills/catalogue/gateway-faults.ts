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
  gatewayFault('gateway-latency', 'the payment gateway is slow', [2_500, 4_000], {
    kind: 'latency',
    latencyMs: 800,
  }),
  // Long enough for an order's attempts to be used up: dead letters are part of a run.
  gatewayFault('gateway-http-500', 'the payment gateway answers 500', [6_000, 8_000], {
    kind: 'http_500',
    probability: 0.4,
  }),
  gatewayFault('gateway-http-429', 'the payment gateway answers 429', [2_500, 4_000], {
    kind: 'http_429',
    probability: 0.5,
  }),
  gatewayFault(
    'gateway-charged-then-timeout',
    'the payment gateway charges, and does not answer',
    [2_000, 3_000],
    {
      kind: 'charged_then_timeout',
      endpoint: CONFIRM,
      probability: 0.3,
    },
  ),
  gatewayFault(
    'gateway-charged-then-reset',
    'the payment gateway charges, and cuts the connection',
    [2_500, 4_000],
    {
      kind: 'charged_then_reset',
      endpoint: CONFIRM,
      probability: 0.5,
    },
  ),
  gatewayFault('gateway-outage', 'the payment gateway accepts no connections', [2_500, 4_000], {
    kind: 'outage',
  }),
  gatewayFault(
    'other-amount',
    'the payment gateway takes another amount than was asked for',
    [2_000, 3_000],
    {
      kind: 'wrong_amount',
      amount: 100,
      probability: 0.2,
    },
  ),
  gatewayFault('drop-webhooks', "the payment gateway's webhooks are lost", [2_500, 4_000], {
    kind: 'drop_webhook',
    probability: 0.7,
  }),
  gatewayFault('duplicate-webhooks', "the payment gateway's webhooks are duplicated", [2_500, 4_000], {
    kind: 'duplicate_webhook',
  }),
  {
    name: 'late-webhooks',
    what: "the payment gateway's webhooks are delayed by seconds",
    plan: planFor([SANDBOX], [3_500, 5_000]),
    cause: (system, plan) => delayLink(findLink(system, 'webhook', plan.target), LATE_WEBHOOK_MS, plan),
  },
];

/** The body for the sandbox's control endpoint. */
interface SandboxFault {
  readonly kind: string;
  readonly endpoint?: string;
  readonly probability?: number;
  readonly latencyMs?: number;
  readonly amount?: number;
}

function gatewayFault(name: string, what: string, duration: Range, fault: SandboxFault): Fault {
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

/** How often the faults in the sandbox's list have struck. @throws if it is not such a list */
function strikesIn(answer: unknown): number {
  const { faults } = answer as { faults: readonly { struck: number }[] };
  return faults.reduce((sum, { struck }) => sum + struck, 0);
}
