import type { GatewayPayment } from '../money.js';
import type { System } from '../system/system.js';

/** Stripe's maximum. */
const PAGE = 100;
const TIMEOUT_MS = 15_000;
const SECRET_KEY = 'sk_test_sandbox';

interface Intent {
  readonly id: string;
  readonly created: number;
  readonly status: string;
  readonly currency: string;
  readonly amount_received: number;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Refund {
  readonly id: string;
  readonly payment_intent: string;
  readonly amount: number;
  readonly status: string;
}

interface Dispute {
  readonly id: string;
  readonly payment_intent: string;
  readonly status: string;
}

type Gateway = Pick<System, 'sandbox'>;

/** All of the gateway's payments, from its own lists, oldest first. */
export async function readPayments(system: Gateway): Promise<GatewayPayment[]> {
  const intents = await listAll<Intent>(system, 'payment_intents');
  const returned = new Map<string, number>();
  for (const { payment_intent: id, amount, status } of await listAll<Refund>(system, 'refunds'))
    if (status !== 'failed') returned.set(id, (returned.get(id) ?? 0) + amount);
  const disputes = await listAll<Dispute>(system, 'disputes');
  const disputed = new Map(disputes.map(({ payment_intent: id, status }) => [id, status]));
  return intents.reverse().map(({ id, created, status, currency, amount_received: received, metadata }) => ({
    id,
    orderId: metadata['order_id'] ?? null,
    orderKey: metadata['order_key'] ?? null,
    createdAt: new Date(created * 1_000).toISOString(),
    // The currencies of the drills have two decimals, as in the gateway's unit.
    currency: currency.toUpperCase(),
    received,
    returned: returned.get(id) ?? 0,
    waitsForCustomer: status === 'requires_action',
    dispute: disputeState(disputed.get(id)),
  }));
}

/** The newest refunds, newest first. */
export async function readNewestRefunds(system: Gateway): Promise<readonly Refund[]> {
  return (await listPage<Refund>(system, 'refunds')).data;
}

/** The newest payments that have succeeded, newest first. */
export async function readNewestPayments(
  system: Gateway,
): Promise<readonly { readonly id: string; readonly received: number }[]> {
  const { data } = await listPage<Intent>(system, 'payment_intents');
  return data.flatMap(({ id, amount_received: received }) => (received > 0 ? [{ id, received }] : []));
}

function disputeState(status: string | undefined): GatewayPayment['dispute'] {
  switch (status) {
    case undefined:
      return 'none';
    case 'won':
    case 'lost':
      return status;
    default:
      return 'open';
  }
}

interface Listed<Entry> {
  readonly data: readonly Entry[];
  readonly has_more: boolean;
}

async function listAll<Entry extends { readonly id: string }>(
  system: Gateway,
  list: string,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const page = await listPage<Entry>(system, list, entries.at(-1)?.id);
    entries.push(...page.data);
    if (!page.has_more) return entries;
  }
}

async function listPage<Entry>({ sandbox }: Gateway, list: string, after?: string): Promise<Listed<Entry>> {
  const url = new URL(`/v1/${list}?limit=${PAGE}`, sandbox.url);
  if (after !== undefined) url.searchParams.set('starting_after', after);
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the gateway does not list its ${list}: ${await response.text()}`);
  return (await response.json()) as Listed<Entry>;
}
