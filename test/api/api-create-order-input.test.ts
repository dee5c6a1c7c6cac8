import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, OrderByIdempotencyKeyDocument, orderInput } from '../support/documents.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows, create, faultyFields, refusal } from './orders-support.js';

const KEY_MESSAGE = 'must be 1 to 255 printable ASCII characters';
const SKU_MESSAGE = 'must be 1 to 64 printable ASCII characters without spaces';
const TOKEN_MESSAGE = 'must be a token of the payment gateway, such as pm_card_visa';
const CARD_MESSAGE = 'must not be a card number';
const CARD_NUMBERS = ['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242', '378282246310005'];

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ sku: `sku-${index}`, quantity: 1 }));
const wrongLines = (count: number) => Array.from({ length: count }, () => ({ sku: '', quantity: 0 }));
const line = (change: object) => ({ items: [{ sku: 'cup-espresso', quantity: 1, ...change }] });

/** A real process, because the tests read its log. */
describe("createOrder's input", () => {
  let system: TestSystem;
  let process: SystemProcess;
  let client: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    process = await startProcess(system.env);
    client = new ApiClient(process.url, await system.token('alice'));
  });

  afterAll(async () => {
    await process.stop();
    await system.close();
  });

  /** What a changed input is refused with; checks that nothing was stored and that the key is still unused. */
  async function refuse(change: object): Promise<ReturnType<typeof refusal> & { fields: string[] }> {
    const before = await countRows(system.sql);
    const input = orderInput();
    const answer = await client.send({
      query: CreateOrderDocument.toString(),
      variables: { input: { ...input, ...change } },
    });
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors).toHaveLength(1);
    expect(await countRows(system.sql)).toEqual(before);
    const { idempotencyKey } = input;
    expect(await client.data(OrderByIdempotencyKeyDocument, { idempotencyKey })).toEqual({
      orderByIdempotencyKey: null,
    });
    return { ...refusal(answer), fields: faultyFields(answer) };
  }

  test.each<[string, object, string, string]>([
    ['an empty key', { idempotencyKey: '' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key of 256 characters', { idempotencyKey: 'k'.repeat(256) }, 'idempotencyKey', KEY_MESSAGE],
    ['a key beyond ASCII', { idempotencyKey: 'schlüssel' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key with a line feed', { idempotencyKey: 'key\n' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key with a tab', { idempotencyKey: 'a\tb' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key with a NUL', { idempotencyKey: 'a\0b' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key with half a surrogate pair', { idempotencyKey: 'a\ud83d' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key with a right-to-left override', { idempotencyKey: '\u202ea' }, 'idempotencyKey', KEY_MESSAGE],
    ['a key of 90,000 characters', { idempotencyKey: 'k'.repeat(90_000) }, 'idempotencyKey', KEY_MESSAGE],
    ['a key with a DEL', { idempotencyKey: 'a\x7fb' }, 'idempotencyKey', KEY_MESSAGE],
    ['no line', { items: [] }, 'items', 'must have at least 1 line'],
    ['2,500 lines, each of them wrong', { items: wrongLines(2_500) }, 'items', 'must have at most 100 lines'],
    ['101 lines', { items: lines(101) }, 'items', 'must have at most 100 lines'],
    ['a SKU twice', { items: [...lines(3), ...lines(1)] }, 'items', 'must not name a SKU twice'],
    ['a quantity of 0', line({ quantity: 0 }), 'items.0.quantity', 'must be at least 1'],
    ['a negative quantity', line({ quantity: -1 }), 'items.0.quantity', 'must be at least 1'],
    ['a quantity of 1001', line({ quantity: 1_001 }), 'items.0.quantity', 'must be at most 1000'],
    ['an empty SKU', line({ sku: '' }), 'items.0.sku', SKU_MESSAGE],
    ['a SKU of 65 characters', line({ sku: 's'.repeat(65) }), 'items.0.sku', SKU_MESSAGE],
    ['a SKU with a space', line({ sku: 'cup espresso' }), 'items.0.sku', SKU_MESSAGE],
    ['a SKU with a NUL', line({ sku: 'cup\0' }), 'items.0.sku', SKU_MESSAGE],
    ['an empty payment method', { paymentMethod: '' }, 'paymentMethod', TOKEN_MESSAGE],
    ['a payment method of words', { paymentMethod: 'my card' }, 'paymentMethod', TOKEN_MESSAGE],
    [
      'a payment method of 256 characters',
      { paymentMethod: 'p'.repeat(256) },
      'paymentMethod',
      TOKEN_MESSAGE,
    ],
    [
      'an expected amount of 0',
      { expectedTotal: { amount: 0, currency: 'EUR' } },
      'expectedTotal.amount',
      'must be at least 1',
    ],
    [
      'a currency in lower case',
      { expectedTotal: { amount: 1_980, currency: 'eur' } },
      'expectedTotal.currency',
      'must be an ISO 4217 code in upper case',
    ],
  ])('is refused with %s', async (_, change, field, message) => {
    expect(await refuse(change)).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field, message }],
      fields: [field],
    });
  });

  test.each<[string, object, string]>([
    ['a quantity of 1.5', line({ quantity: 1.5 }), 'items.0.quantity'],
    ['a quantity that is text', line({ quantity: 'x' }), 'items.0.quantity'],
    ['a quantity of null', line({ quantity: null }), 'items.0.quantity'],
    ['a quantity beyond 32 bits', line({ quantity: 2 ** 31 }), 'items.0.quantity'],
    [
      'an amount that is a fraction',
      { expectedTotal: { amount: 19.8, currency: 'EUR' } },
      'expectedTotal.amount',
    ],
    ['a key that is a number', { idempotencyKey: 7 }, 'idempotencyKey'],
    ['a line that is null', { items: [null] }, 'items.0'],
  ])('is refused by the GraphQL types with %s', async (_, change, field) => {
    expect(await refuse(change)).toMatchObject({ code: 'BAD_USER_INPUT', fields: [field] });
  });

  test('is refused with an unknown field or without a required one', async () => {
    expect((await refuse({ discount: 100 })).code).toBe('BAD_USER_INPUT');
    expect((await refuse({ items: undefined })).code).toBe('BAD_USER_INPUT');
  });

  test('is refused with all violations in one answer', async () => {
    const { fields, code } = await refuse({
      idempotencyKey: '',
      items: [
        { sku: 'bad sku', quantity: 0 },
        { sku: 'cup-espresso', quantity: 1 },
        { sku: 'cup-espresso', quantity: 2_000 },
      ],
      paymentMethod: 'no token',
      expectedTotal: { amount: -5, currency: 'euro' },
    });
    expect(code).toBe('BAD_USER_INPUT');
    expect(fields.toSorted()).toEqual([
      'expectedTotal.amount',
      'expectedTotal.currency',
      'idempotencyKey',
      'items',
      'items.0.quantity',
      'items.0.sku',
      'items.2.quantity',
      'paymentMethod',
    ]);
  });

  test.each(CARD_NUMBERS)('is refused with the card number %s, without repeating it', async (number) => {
    const { code, violations } = await refuse({ paymentMethod: number });
    expect(code).toBe('BAD_USER_INPUT');
    expect(violations).toContainEqual({ field: 'paymentMethod', message: CARD_MESSAGE });
    expect(JSON.stringify(violations)).not.toContain(number);
  });

  test.each([
    ['a number', Number(CARD_NUMBERS[0])],
    ['a list', [CARD_NUMBERS[0]]],
    ['an object', { number: CARD_NUMBERS[0] }],
  ])('is refused with a card number that is %s, without repeating it', async (_, paymentMethod) => {
    const { violations } = await refuse({ paymentMethod });
    expect(violations).toEqual([{ field: 'paymentMethod', message: 'must be a string' }]);
  });

  test('is refused with a card number in the query text, without repeating it', async () => {
    const { idempotencyKey } = orderInput();
    for (const method of [
      '4242424242424242',
      '[4242424242424242]',
      '4242 4242 4242 4242',
      '{ a: "4242424242424242" }',
    ]) {
      const query = `mutation { createOrder(input: { idempotencyKey: "${idempotencyKey}", items: [], paymentMethod: ${method} }) { __typename } }`;
      const answer = await client.send({ query });
      expect([answer.status, answer.data ?? null]).toEqual([400, null]);
      expect(JSON.stringify(answer.errors)).not.toContain('4242');
    }
  });

  test('leaves no card number in the log, even one that was sent as a number', async () => {
    await refuse({ paymentMethod: Number(CARD_NUMBERS[0]) });
    const { order } = await create(client);
    // The log is written in order: once this line is there, so are those of the refused calls.
    await waitFor('the line of the order', () => process.lines.some((logged) => logged.includes(order.id)));
    expect(process.lines.join('\n').replace(/[ -]/g, '')).not.toMatch(/4242424242424242|378282246310005/);
  });

  test('is accepted under the same key once it is corrected', async () => {
    const input = orderInput();
    await refuse({ ...input, items: [] });
    expect((await create(client, input)).replayed).toBe(false);
  });
});
