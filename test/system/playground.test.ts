import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Control } from '../support/sandbox.js';
import { type Browser, openBrowser } from '../support/browser.js';
import { describeInBrowser } from '../support/describe-in-browser.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** Altair's message after a tab's script has stored something for other tabs. */
const NOTED = 'Updated active environment';
/** Each check makes Chromium lay out the page again, which takes most of the time. */
const CHECK_INTERVAL_MS = 150;
/** The active tab; Altair keeps the others in the page, hidden. */
const ACTIVE_TAB = 'app-window:not(.hide)';

describeInBrowser('the playground, in a real browser', (chromium) => {
  let system: TestSystem;
  let process: SystemProcess;
  let browser: Browser;

  beforeAll(async () => {
    // Two failed attempts make a dead letter.
    system = await setup({ PAYMENT_MAX_ATTEMPTS: '2' });
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

  test('every tab works without an Internet connection', async () => {
    const { page, faults } = browser;
    await page.goto(process.url);
    expect(page.url()).toBe(`${process.url}/graphql`);
    await see('the first tab in front', async () => (await titleInFront()) === 'Create order');

    const { createOrder: created } = await run<CreateAnswer>();
    expect(created).toMatchObject({ __typename: 'CreateOrderSuccess', replayed: false });
    const { id } = created.order;
    // The tab's script has stored the order for the other tabs.
    await see('its note', isNoted);

    await open('Watch');
    await send();
    await see('CONFIRMED', async () => (await statusWatched()) === 'CONFIRMED');
    const events = await answersInFront<WatchAnswer>();
    expect(events.map(({ orderEvents: { version, type } }) => [version, type])).toEqual([
      [1, 'ORDER_CREATED'],
      [2, 'PAYMENT_STARTED'],
      [3, 'PAYMENT_SUCCEEDED'],
    ]);

    await open('Retry with the same key');
    const { createOrder: retried } = await run<CreateAnswer>();
    expect(retried).toMatchObject({ replayed: true, order: { id, status: 'CONFIRMED' } });

    await open('Payment action');
    expect(await run()).toMatchObject({
      order: { status: 'CONFIRMED', paymentAction: null, delay: null, payable: false, cancellable: true },
    });
    await open('Complete the action');
    expect(await run()).toMatchObject({ completePaymentAction: { order: { id, status: 'CONFIRMED' } } });
    await open('Pay again');
    expect(await run()).toMatchObject({ payOrder: { code: 'ORDER_NOT_PAYABLE', status: 'CONFIRMED' } });

    await open('Cancel order');
    const { cancelOrder: cancelled } = await run<CancelAnswer>();
    expect(cancelled).toMatchObject({ __typename: 'CancelOrderSuccess', order: { id } });
    await open('Watch');
    await see('CANCELLED', async () => (await statusWatched()) === 'CANCELLED');

    await open('List orders');
    const { orders } = await run<ListAnswer>();
    expect(orders).toMatchObject({ totalCount: 1, edges: [{ node: { id, status: 'CANCELLED' } }] });

    await open('Products');
    await send();
    // Too long to be read as a whole: the page contains only the lines in view.
    await see('the products', async () => /"sku": "apron-linen"/.test((await textsInFront()).join()));

    await open('Change a product');
    expect(await run()).toMatchObject({ upsertProduct: { sku: 'cup-latte' } });

    await open('System status');
    expect(await run()).toMatchObject({
      systemStatus: { database: 'UP', redis: 'UP', paymentGateway: 'UP', openDeadLetters: 0 },
    });
    await open('Dead letters');
    expect(await run()).toMatchObject({ deadLetters: { totalCount: 0 } });
    await open('Retry a dead letter');
    expect(await run()).toMatchObject({ retryDeadLetter: { code: 'DEAD_LETTER_NOT_FOUND' } });
    await open('Discard a dead letter');
    expect(await run()).toMatchObject({ discardDeadLetter: { code: 'DEAD_LETTER_NOT_FOUND' } });
    await open('Payment discrepancies');
    expect(await run()).toMatchObject({ paymentDiscrepancies: { totalCount: 0 } });
    await open('Resolve a discrepancy');
    expect(await run()).toMatchObject({
      resolvePaymentDiscrepancy: { code: 'PAYMENT_DISCREPANCY_NOT_FOUND' },
    });
    expect(faults).toEqual([]);
  }, 240_000);

  test.each<[string, object]>([
    ['Retry a dead letter', { retryDeadLetter: { deadLetter: { state: 'RETRIED', resolvedBy: 'olivia' } } }],
    [
      'Discard a dead letter',
      { discardDeadLetter: { deadLetter: { state: 'DISCARDED', order: { status: 'PAYMENT_FAILED' } } } },
    ],
  ])(
    'each reload creates a new order, and %s uses the dead letter that was listed',
    async (tab, decided) => {
      const { page, faults } = browser;
      await page.reload();
      await see('the first tab in front', async () => (await titleInFront()) === 'Create order');
      const sandbox = new Control(system.sandboxUrl);
      await sandbox.addFault({ kind: 'http_500', endpoint: 'payment_intents.confirm' });
      expect(await run<CreateAnswer>()).toMatchObject({ createOrder: { replayed: false } });
      const isOpen = async () =>
        (await system.sql.query(`SELECT FROM dead_letters WHERE state = 'OPEN'`)).rowCount === 1;
      await waitFor('the dead letter', isOpen);
      await sandbox.clearFaults();
      // The message about the order must not be taken for the one about the dead letter.
      await dismissNotes();
      await open('Dead letters');
      expect(await run()).toMatchObject({ deadLetters: { totalCount: 1 } });
      await see('its note', isNoted);
      await open(tab);
      expect(await run()).toMatchObject(decided);
      expect(faults).toEqual([]);
    },
    60_000,
  );

  async function see<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    return waitFor(what, async () => {
      await delay(CHECK_INTERVAL_MS);
      return look();
    });
  }

  async function isNoted(): Promise<boolean> {
    return (await textsOf('[class*="toast"]')).some((text) => text.includes(NOTED));
  }

  /** Clicks the messages away, which would disappear after some seconds. */
  async function dismissNotes(): Promise<void> {
    await see('no note', async () => {
      await browser.page.evaluate(
        `document.querySelectorAll('[class*="toast"]').forEach((element) => element.click())`,
      );
      return !(await isNoted());
    });
  }

  async function statusWatched(): Promise<string | undefined> {
    return (await answersInFront<WatchAnswer>()).at(-1)?.orderEvents.status;
  }

  async function titleInFront(): Promise<string | undefined> {
    return (await textsOf('.window-switcher__item--active .window-switcher__input'))[0];
  }

  async function open(title: string): Promise<void> {
    await browser.page.locator(`.window-switcher__input ::-p-text(${title})`).click();
    await see(`the tab ${title} in front`, async () => (await titleInFront()) === title);
  }

  async function send(): Promise<void> {
    await browser.page.locator(`${ACTIVE_TAB} [track-id="set_request"]`).click();
  }

  async function run<Data>(): Promise<Data> {
    await send();
    return see('an answer', async () => (await answersInFront<Data>()).at(0));
  }

  async function answersInFront<Data>(): Promise<Data[]> {
    return (await textsInFront()).map((text) => {
      const answer = JSON.parse(text) as { data?: Data; errors?: unknown };
      if (answer.data == null) throw new Error(`not an answer with data: ${text}`);
      return answer.data;
    });
  }

  /** The texts of the answers. */
  async function textsInFront(): Promise<string[]> {
    return textsOf(`${ACTIVE_TAB} app-query-result .cm-content`);
  }

  /** The texts of these elements, without empty ones. */
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

interface CancelAnswer {
  readonly cancelOrder: { readonly __typename: string };
}

interface WatchAnswer {
  readonly orderEvents: { readonly version: number; readonly type: string; readonly status: string };
}

interface ListAnswer {
  readonly orders: { readonly totalCount: number };
}
