import { describe, test } from '@jest/globals';
import { findChromium } from './browser.js';

const MISSING =
  'did not run: there is no Chromium. Install it (apt-get install chromium), or set CHROMIUM_PATH.';

/** describe() for tests in a real browser. Without Chromium they are skipped, with one line; in CI they fail. */
export function describeInBrowser(title: string, tests: (chromium: string) => void): void {
  const chromium = findChromium() ?? '';
  if (chromium !== '') {
    describe(title, () => {
      tests(chromium);
    });
    return;
  }
  const isCi = process.env['CI'] === 'true';
  if (!isCi) process.stderr.write(`"${title}" ${MISSING}\n`);
  describe(title, () => {
    (isCi ? test : test.skip)('needs Chromium', () => {
      throw new Error(MISSING);
    });
  });
}
