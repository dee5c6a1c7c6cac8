import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import pg from 'pg';
import { createOrdersStatement } from '../../dist/orders/create-orders.js';

const QUERY = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { replayed order { id status version total { amount currency } } } }
}`;
const SKUS = ['cup-espresso', 'jug-milk', 'grinder-hand', 'brewer-moka-6'];
let counter = 0;

function newInput() {
  counter += 1;
  return {
    idempotencyKey: randomUUID(),
    items: [
      { sku: SKUS[counter % 4], quantity: 1 + (counter % 3) },
      { sku: SKUS[(counter + 1) % 4], quantity: 1 },
    ],
    paymentMethod: 'pm_card_visa',
  };
}

/** The body of a request for an order that nobody has asked for before. */
export function newOrderBody() {
  return JSON.stringify({ query: QUERY, variables: { input: newInput() } });
}

/** Keep-alive connections to one api process. */
export function openLoad({ url, token, connections }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(url);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const send = (body) =>
    new Promise((resolve, reject) => {
      const call = request(
        {
          agent,
          hostname,
          port,
          path: '/graphql',
          method: 'POST',
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          let text = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk) => (text += chunk))
            .on('end', () => resolve(text));
        },
      );
      call.on('error', reject).end(body);
    });
  return { connections, send, close: () => agent.destroy() };
}

/** Closed loop: each connection sends its next order when the last one is answered. Throws at the first that fails. */
export async function createOverHttp(load, durationMs) {
  const keys = [];
  const latenciesMs = [];
  const start = performance.now();
  const client = async () => {
    while (performance.now() - start < durationMs) {
      const input = newInput();
      const sent = performance.now();
      const answer = await load.send(JSON.stringify({ query: QUERY, variables: { input } }));
      latenciesMs.push(performance.now() - sent);
      if (!answer.includes('"replayed":false')) throw new Error(`createOrder answered ${answer}`);
      keys.push(input.idempotencyKey);
    }
  };
  await Promise.all(Array.from({ length: load.connections }, client));
  return { keys, latenciesMs, rate: (keys.length / (performance.now() - start)) * 1_000 };
}

/** The same prepared statement for the same orders, with nothing around it. */
export async function createWithBareStatement({ connectionString, connections }, durationMs) {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      return client;
    }),
  );
  let created = 0;
  const start = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() - start < durationMs) {
        const { text, values } = createOrdersStatement([{ ...newInput(), customerId: 'bare' }], 20_000);
        const { rows } = await client.query({ name: 'create-orders', text, values });
        if (rows[0].id === null) throw new Error('the bare statement stored nothing');
        created += 1;
      }
    }),
  );
  const rate = (created / (performance.now() - start)) * 1_000;
  await Promise.all(clients.map((client) => client.end()));
  return { rate };
}
