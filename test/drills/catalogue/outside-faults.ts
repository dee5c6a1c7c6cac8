import { Random } from '../../support/random.js';
import type { OutsideMovement } from '../money.js';
import { readNewestPayments, readNewestRefunds } from '../observe/gateway-payments.js';
import { ControlRefused, type System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor, type Range } from './plan.js';
import { SANDBOX } from './targets.js';

/** Moves money past the system. @returns the payment, undefined if there is none to be moved */
type Move = (system: System, random: Random) => Promise<string | undefined>;

const MOST_MOVEMENTS = 3;
const MOVE_EVERY_MS = 500;
const LARGEST_SEED = 2 ** 32 - 1;
const PARTIAL_SHARE = 0.5;
const DURATION: Range = [1_000, 2_000];

/** Money that moves at the gateway without the system: by hand, or by a customer's bank. */
export const OUTSIDE_FAULTS: readonly Fault[] = [
  outside('refund-outside', 'refund', 'money is returned at the gateway by hand', refund),
  outside('dispute', 'dispute', 'customers dispute payments at their bank', dispute),
  outside(
    'fail-refund-later',
    'failed-refund',
    "refunds that had succeeded come back from the customer's bank",
    failRefund,
  ),
];

function outside(name: string, kind: OutsideMovement['kind'], what: string, move: Move): Fault {
  const plan = planFor([SANDBOX], DURATION);
  return {
    name,
    what,
    plan: (random) => ({ ...plan(random), seed: random.integer(0, LARGEST_SEED) }),
    cause: (system, planned) => moveMoney(system, planned, kind, move),
  };
}

async function moveMoney(
  system: System,
  { seed = 0, durationMs }: Plan,
  kind: OutsideMovement['kind'],
  move: Move,
): Promise<Strike> {
  const random = new Random(seed);
  const moved: string[] = [];
  await lasting({ durationMs, everyMs: MOVE_EVERY_MS }, async () => {
    if (moved.length === MOST_MOVEMENTS) return moved.length;
    const paymentId = await move(system, random).catch((error: unknown) => {
      // The system, or an earlier fault, has moved that money meanwhile.
      if (error instanceof ControlRefused) return undefined;
      throw error;
    });
    if (paymentId !== undefined) {
      moved.push(paymentId);
      system.outside.push({ at: system.now(), paymentId, kind });
    }
    return moved.length;
  });
  return { struck: moved.length, detail: `${kind} at the gateway: ${moved.join(', ') || 'nothing'}` };
}

async function refund(system: System, random: Random): Promise<string | undefined> {
  const paid = await readNewestPayments(system);
  if (paid.length === 0) return undefined;
  const { id: paymentIntent, received } = random.pick(paid);
  const amount = random.chance(PARTIAL_SHARE) ? { amount: Math.ceil(received / 2) } : {};
  await system.control('POST', 'refunds', { paymentIntent, ...amount });
  return paymentIntent;
}

async function dispute(system: System, random: Random): Promise<string | undefined> {
  const paid = await readNewestPayments(system);
  if (paid.length === 0) return undefined;
  const { id: paymentIntent } = random.pick(paid);
  const outcome = random.pick(['open', 'won', 'lost']);
  await system.control('POST', 'disputes', { paymentIntent, ...(outcome === 'open' ? {} : { outcome }) });
  return paymentIntent;
}

async function failRefund(system: System, random: Random): Promise<string | undefined> {
  const refunds = (await readNewestRefunds(system)).filter(({ status }) => status === 'succeeded');
  if (refunds.length === 0) return undefined;
  const { id, payment_intent: paymentIntent } = random.pick(refunds);
  await system.control('POST', `refunds/${id}/fail`);
  return paymentIntent;
}
