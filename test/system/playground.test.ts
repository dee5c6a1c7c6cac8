import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, findChromium, openBrowser } from '../support/browser.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const MISSING =
  'test/system/playground did not run: there is no Chromium. Install it (apt-get install chromium), or set CHROMIUM_PATH.';
const chromium = findChromium() ?? '';
if (chromium === '') {
  if (process.env['CI'] !== 'true') process.stderr.write(`${MISSING}\n`);
  (process.env['CI'] === 'true' ? test : test.skip)('needs Chromium', () => {
    throw new Error(MISSING);
  });
}

/** The tab in front; Altair keeps the others in the page, hidden. */
const TAB_IN_FRONT = 'app-window:not(.hide)';

(chromium === '' ? describe.skip : describe)('the playground, in a real browser', () => {
  let system: TestSystem;
  let process: SystemProcess;
  let browser: Browser;

  beforeAll(async () => {
    system = await setup();
    process = await startProcess({
      ...system.env,
      PLAYGROUND_TOKEN: await system.token('alice'),
      PLAYGROUND_OPERATOR_TOKEN: await system.token('olivia', { roles: ['operator'] }),
    });
    browser = await openBrowser(chromium, process.url);
  }, 60_000);

  afterAll(async () => {
    await process.stop();
    await system.close();
    await browser.close();
  });

  test('create, watch, retry, list: every tab works at once, offline', async () => {
    const { page, faults } = browser;
    await page.goto(process.url);
    expect(page.url()).toBe(`${process.url}/graphql`);
    await waitFor('the first tab in front', async () => (await titleInFront()) === 'Create order');

    const { createOrder: created } = await run<CreateAnswer>();
    expect(created).toMatchObject({ __typename: 'CreateOrderSuccess', replayed: false });
    const { id } = created.order;
    // The tab's script has noted the order for the other tabs.
    await page.waitForSelector('::-p-text(Updated active environment)');

    await open('Watch');
    await send();
    const events = await waitFor('CONFIRMED', async () => {
      const answers = await answersInFront<WatchAnswer>();
      return answers.at(-1)?.orderEvents.status === 'CONFIRMED' && answers;
    });
    expect(events.map(({ orderEvents: { version, type } }) => [version, type])).toEqual([
      [1, 'ORDER_CREATED'],
      [2, 'PAYMENT_STARTED'],
      [3, 'PAYMENT_SUCCEEDED'],
    ]);

    await open('Retry with the same key');
    const { createOrder: retried } = await run<CreateAnswer>();
    expect(retried).toMatchObject({ replayed: true, order: { id, status: 'CONFIRMED' } });

    await open('List orders');
    const { orders } = await run<ListAnswer>();
    expect(orders).toMatchObject({ totalCount: 1, edges: [{ node: { id, status: 'CONFIRMED' } }] });

    await open('Products');
    await send();
    // Too long to be read as a whole: lines out of view are not in the page.
    await waitFor('the products', async () => /"sku": "apron-linen"/.test((await textsInFront()).join()));

    await open('Change a product');
    expect(await run()).toMatchObject({ upsertProduct: { sku: 'cup-latte' } });
    expect(faults).toEqual([]);
  }, 120_000);

  test('each load begins with a new order', async () => {
    await browser.page.reload();
    await waitFor('the first tab in front', async () => (await titleInFront()) === 'Create order');
    expect(await run<CreateAnswer>()).toMatchObject({ createOrder: { replayed: false } });
    expect(browser.faults).toEqual([]);
  }, 60_000);

  async function titleInFront(): Promise<string | undefined> {
    return (await textsOf('.window-switcher__item--active .window-switcher__input'))[0];
  }

  async function open(title: string): Promise<void> {
    await browser.page.locator(`.window-switcher__input ::-p-text(${title})`).click();
    await waitFor(`the tab ${title} in front`, async () => (await titleInFront()) === title);
  }

  async function send(): Promise<void> {
    await browser.page.locator(`${TAB_IN_FRONT} [track-id="set_request"]`).click();
  }

  async function run<Data>(): Promise<Data> {
    await send();
    return waitFor('an answer', async () => (await answersInFront<Data>()).at(0));
  }

  async function answersInFront<Data>(): Promise<Data[]> {
    return (await textsInFront()).map((text) => {
      const answer = JSON.parse(text) as { data?: Data; errors?: unknown };
      if (answer.data == null) throw new Error(`not an answer with data: ${text}`);
      return answer.data;
    });
  }

  /** The answers as they are shown. */
  async function textsInFront(): Promise<string[]> {
    return textsOf(`${TAB_IN_FRONT} app-query-result .cm-content`);
  }

  /** What is written in these elements, without the empty ones. */
  async function textsOf(selector: string): Promise<string[]> {
    const texts = await browser.page.evaluate(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => element.innerText.trim())`,
    );
    return (texts as string[]).filter((text) => text !== '');
  }
});

interface CreateAnswer {
  readonly createOrder: {
    readonly __typename: string;
    readonly replayed: boolean;
    readonly order: { readonly id: string };
  };
}

interface WatchAnswer {
  readonly orderEvents: { readonly version: number; readonly type: string; readonly status: string };
}

interface ListAnswer {
  readonly orders: { readonly totalCount: number };
}
