import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { readMarkdown } from '../support/markdown.js';
import { setup, type TestSystem } from '../support/test-system.js';

/** The docs write this in place of an order's id. */
const ELLIPSIS = '"…"';

interface Created {
  readonly createOrder: { readonly replayed: boolean; readonly order: { readonly id: string } };
}

function example(document: string, beginning: RegExp): string {
  const block = readMarkdown(document).blocks.find(
    ({ language, text }) => language === 'graphql' && beginning.test(text),
  );
  if (block === undefined) throw new Error(`${document} has no such example`);
  return block.text;
}

describe('the examples of the docs', () => {
  let system: TestSystem;
  let url: string;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
  });

  afterAll(() => system.close());

  test.each(['README.md', 'docs/api.md'])('create an order and replay it: %s', async (document) => {
    const customer = new ApiClient(url, await system.token(document));
    const query = example(document, /createOrder/);
    const created = { __typename: 'CreateOrderSuccess', order: { status: 'PENDING', version: 1 } };
    for (const replayed of [false, true])
      expect((await customer.send({ query })).data).toMatchObject({ createOrder: { ...created, replayed } });
  });

  test('cancel an order', async () => {
    const customer = new ApiClient(url, await system.token('carol'));
    const { data } = await customer.send<Created>({ query: example('docs/api.md', /createOrder/) });
    const id = JSON.stringify(data?.createOrder.order.id);
    const query = example('docs/api.md', /cancelOrder/).replace(ELLIPSIS, id);
    expect((await customer.send({ query })).data).toEqual({
      cancelOrder: { __typename: 'CancelOrderSuccess', order: { status: 'CANCELLED' } },
    });
  });
});
