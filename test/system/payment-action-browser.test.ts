import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Browser, openBrowser } from '../support/browser.js';
import { describeInBrowser } from '../support/describe-in-browser.js';
import { Control } from '../support/sandbox.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { PaymentShop } from './payment-shop.js';

const WAITING = ['PENDING', 'PAYMENT_PROCESSING', 'REQUIRES_ACTION'];

describeInBrowser('a payment that needs its customer, in a real browser', (chromium) => {
  let shop: PaymentShop;
  let system: TestSystem;
  let process: SystemProcess;
  let browser: Browser;

  beforeAll(async () => {
    shop = await PaymentShop.start();
    system = await setup({ ALLOWED_ORIGINS: shop.url });
    process = await startProcess(system.env);
    shop.open({ api: process.url, bank: system.sandboxUrl, token: await system.token('alice') });
  }, 60_000);

  beforeEach(async () => {
    browser = await openBrowser(chromium, shop.url);
  }, 60_000);

  afterEach(() => browser.close());

  afterAll(async () => {
    await process.stop();
    await system.close();
    shop.close();
  });

  /** The statuses that the subscription has brought to the page since it was opened. */
  async function statuses(): Promise<string[]> {
    const text = await browser.page.evaluate(`document.querySelector('#statuses').textContent.trim()`);
    return String(text).split(' ');
  }

  async function untilStatuses(expected: readonly string[]): Promise<void> {
    await waitFor(
      expected.join(),
      async () => {
        expect(await statuses()).toEqual(expected);
        return true;
      },
      30_000,
    );
  }

  /** Orders, goes to the bank's page, answers there and comes back to the shop. */
  async function orderAndAnswer(button: 'Authenticate' | 'Fail'): Promise<void> {
    const { page } = browser;
    await page.goto(shop.url);
    await page.locator('#order').click();
    await untilStatuses(WAITING);
    await Promise.all([page.waitForNavigation(), page.locator('#bank').click()]);
    expect(new URL(page.url()).origin).toBe(system.sandboxUrl);
    await Promise.all([page.waitForNavigation(), page.locator(`button ::-p-text(${button})`).click()]);
    await page.goto(shop.url);
  }

  /** What the gateway has taken for the order of the page. */
  async function captures(): Promise<number | undefined> {
    const orderId = String(await browser.page.evaluate(`sessionStorage.getItem('orderId')`));
    return (await new Control(system.sandboxUrl).order(orderId))?.captures;
  }

  /** Requests to other hosts than the shop, the API and the bank, and errors of the page. */
  function faults(): string[] {
    const own = [process.url, system.sandboxUrl].flatMap((url) => [url, url.replace('http', 'ws')]);
    return browser.faults.filter((fault) => !own.some((url) => fault.includes(`: ${url}`)));
  }

  test('is confirmed once the customer has authenticated it at the bank and is back', async () => {
    await orderAndAnswer('Authenticate');
    await untilStatuses([...WAITING, 'CONFIRMED']);
    expect(await captures()).toBe(1);
    expect(faults()).toEqual([]);
  }, 90_000);

  test('fails where the customer fails at the bank, and is paid again with another card', async () => {
    await orderAndAnswer('Fail');
    const failed = [...WAITING, 'PAYMENT_FAILED'];
    await untilStatuses(failed);
    await browser.page.locator('#again').click();
    await untilStatuses([...failed, 'PENDING', 'PAYMENT_PROCESSING', 'CONFIRMED']);
    expect(await captures()).toBe(1);
    expect(faults()).toEqual([]);
  }, 90_000);
});
