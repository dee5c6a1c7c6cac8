import { afterEach, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBrowser } from '../support/browser.js';
import { describeInBrowser } from '../support/describe-in-browser.js';
import { bankPageOf, cleanUp, openSandbox, waitingPayment } from '../support/sandbox.js';

afterEach(cleanUp);

describeInBrowser("the bank's page, in a real browser", (chromium) => {
  test('is answered by keyboard, without scripts, and leads back to the shop', async () => {
    const shop = createServer((_request, response) => response.end('the shop')).listen(0, '127.0.0.1');
    await new Promise((resolve) => shop.once('listening', resolve));
    const { port } = shop.address() as AddressInfo;
    const { stripe, running } = await openSandbox();
    const browser = await openBrowser(chromium, running.url);
    try {
      const { page, faults } = browser;
      await page.setJavaScriptEnabled(false);
      const parameters = waitingPayment({ return_url: `http://127.0.0.1:${port}/return` });
      const waiting = await stripe.paymentIntents.create(parameters);
      await page.goto(bankPageOf(waiting));
      await page.keyboard.press('Tab');
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      const { origin, pathname, searchParams } = new URL(page.url());
      expect(`${origin}${pathname}`).toBe(`http://127.0.0.1:${port}/return`);
      expect(searchParams.get('redirect_status')).toBe('succeeded');
      expect(await stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({ status: 'succeeded' });
      // The shop is the only other host, and nothing broke the page's policy.
      const others = faults.filter((fault) => !fault.startsWith(`request: http://127.0.0.1:${port}/`));
      expect(others).toEqual([]);
    } finally {
      await browser.close();
      shop.closeAllConnections();
      shop.close();
    }
  });
});
