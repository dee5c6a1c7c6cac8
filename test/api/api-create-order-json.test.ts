import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, create, faultyFields, refusal } from './orders-support.js';

/** A request as text, for what JSON.stringify() never writes. */
function inputText(quantity: string): string {
  const { idempotencyKey } = orderInput();
  const items = `[{ "sku": "cup-espresso", "quantity": ${quantity} }]`;
  const input = `{ "idempotencyKey": "${idempotencyKey}", "items": ${items}, "paymentMethod": "pm_card_visa" }`;
  return `{ "query": ${JSON.stringify(CreateOrderDocument.toString())}, "variables": { "input": ${input} } }`;
}

const wrongLines = (count: number) => Array.from({ length: count }, () => ({ sku: '', quantity: 0 }));

describe('the JSON of a createOrder request', () => {
  let system: TestSystem;
  let url: string;
  let token: string;
  let client: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    token = await system.token('alice');
    client = new ApiClient(url, token);
  });

  afterAll(async () => {
    await system.close();
  });

  async function sendText(body: string): Promise<GraphQLAnswer<unknown> & { size: number }> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    });
    const text = await response.text();
    return { status: response.status, size: text.length, ...(JSON.parse(text) as object) };
  }

  test.each<[string, string]>([
    ['1e400', 'items.0.quantity'],
    ['-0', 'items.0.quantity'],
    ['9007199254740993', 'items.0.quantity'],
    ['1, "constructor": { "name": "x" }', 'items.0'],
  ])('is refused with the quantity %s', async (quantity, field) => {
    const before = await countRows(system.sql);
    const answer = await sendText(inputText(quantity));
    expect([refusal(answer).code, faultyFields(answer)]).toEqual(['BAD_USER_INPUT', [field]]);
    expect(await countRows(system.sql)).toEqual(before);
  });

  test.each<[string, string]>([
    ['NaN', inputText('NaN')],
    ['a prototype', inputText('1, "__proto__": { "x": 1 }')],
    ['100,000 brackets', '['.repeat(99_999)],
    ['100,000 brackets in the variables', inputText('['.repeat(49_000) + ']'.repeat(49_000))],
    ['a form instead of JSON', 'idempotencyKey=1'],
  ])('is refused with HTTP 400 where it contains %s', async (_, body) => {
    const before = await countRows(system.sql);
    expect((await sendText(body)).status).toBe(400);
    expect(await countRows(system.sql)).toEqual(before);
    await create(client);
  });

  test('uses the last of two fields with the same name', async () => {
    const { data } = await sendText(inputText('0, "quantity": 2'));
    expect(data).toMatchObject({ createOrder: { order: { items: [{ quantity: 2 }] } } });
  });

  test('gets an answer below 16 KiB, however much is wrong', async () => {
    const { status, size } = await sendText(
      JSON.stringify({
        query: CreateOrderDocument.toString(),
        variables: { input: orderInput({ items: wrongLines(100), idempotencyKey: '' }) },
      }),
    );
    expect(status).toBe(200);
    expect(size).toBeLessThan(16_384);
  });
});
