import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { openLoad } from './create-orders.js';
import { randomUUID } from 'node:crypto';

const CREATE = `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { ... on CreateOrderSuccess { order { id } } } }`;
const WATCH = `subscription ($orderId: ID!) { orderEvents(orderId: $orderId, afterVersion: 0) { status } }`;

/** From sending createOrder to the CONFIRMED event at a subscriber, one order after the other, in ms each. */
export async function timeToConfirmed({ url, token, orders }) {
  const load = openLoad({ url, token, connections: 1 });
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    lazy: false,
  });
  const times = [];
  for (let order = 0; order < orders; order += 1) {
    const input = {
      idempotencyKey: randomUUID(),
      items: [{ sku: 'cup-espresso', quantity: 1 }],
      paymentMethod: 'pm_card_visa',
    };
    const start = performance.now();
    const answer = JSON.parse(await load.send(JSON.stringify({ query: CREATE, variables: { input } })));
    for await (const { data } of client.iterate({
      query: WATCH,
      variables: { orderId: answer.data.createOrder.order.id },
    })) {
      if (data.orderEvents.status === 'CONFIRMED') break;
    }
    times.push(performance.now() - start);
  }
  load.close();
  await client.dispose();
  return times;
}
