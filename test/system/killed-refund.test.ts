import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { auditOf, payOutside, resolve, storeDiscrepancy, WHY } from '../api/discrepancies-support.js';
import { ApiClient } from '../support/api-client.js';
import { GatewayProxy } from '../support/gateway-proxy.js';
import { OrderSteps } from '../support/order-steps.js';
import { Processes } from '../support/processes.js';

const processes = new Processes();
let steps: OrderSteps;
let gateway: GatewayProxy;

beforeAll(async () => {
  steps = await OrderSteps.open();
  gateway = await GatewayProxy.start(steps.system.sandboxUrl);
});

afterAll(async () => {
  await processes.end();
  await gateway.close();
  await steps.close();
});

async function operatorOf(env: Record<string, string>): Promise<ApiClient> {
  const { url } = await processes.start({ ...steps.system.env, ROLE: 'api', ...env });
  return new ApiClient(url, await steps.system.token('olga', { roles: ['operator'] }));
}

test.each<[string, RegExp]>([
  ['before the refund is made', /^POST .*\/refunds/],
  ['after the refund, before it is stored', /^GET .*\/refunds/],
])('a process that is killed %s leaves a decision that the same call completes, once', async (_, line) => {
  const ledger = randomUUID();
  const paymentId = await payOutside(steps, ledger);
  const id = await storeDiscrepancy(steps, { kind: 'ORPHAN_PAYMENT', paymentId });
  const doomed = await operatorOf({ STRIPE_API_BASE: gateway.url });
  const hold = gateway.hold(line, 'request');
  const lost = expect(resolve(doomed, id, 'REFUND')).rejects.toThrow('fetch failed');
  await hold.reached;
  await processes.end();
  await lost;
  hold.drop();
  const stored =
    'SELECT state, refund_by AS by, refund_reason AS reason FROM payment_discrepancies WHERE id = $1';
  expect(await steps.select(stored, [id])).toEqual([{ state: 'OPEN', by: 'olga', reason: WHY }]);

  const next = await operatorOf({});
  expect(await resolve(next, id, 'REFUND')).toMatchObject({
    __typename: 'PaymentDiscrepancySuccess',
    discrepancy: { state: 'RESOLVED', resolvedBy: 'olga', reason: WHY },
  });
  expect(await steps.sandbox.order(ledger)).toMatchObject({ captures: 1, refunds: 1, refunded: 1_250 });
  expect(await auditOf(steps, id)).toHaveLength(1);
});
