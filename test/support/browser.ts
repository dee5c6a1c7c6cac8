import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import puppeteer, { type Page } from 'puppeteer-core';

/** A headless Chromium that reaches one server and nothing else. */
export interface Browser {
  readonly page: Page;
  /** Requests to other hosts (which are blocked), console errors and uncaught errors. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Blocks other hosts for pages, workers and the browser itself.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** Nobody looks at the pages: they are laid out and clicked, but not painted. */
const STYLES =
  'html { opacity: 0 !important; } *, *::before, *::after { animation: none !important; transition: none !important; }';

/** CHROMIUM_PATH, or the first one on the PATH. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH = '', PATH = '' } = process.env;
  if (CHROMIUM_PATH !== '') return CHROMIUM_PATH;
  const folders = PATH.split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) =>
    existsSync(path),
  );
}

export async function openBrowser(executablePath: string, origin: string): Promise<Browser> {
  const userDataDir = await mkdtemp(join(tmpdir(), 'order-browser-'));
  const browser = await puppeteer.launch({ executablePath, userDataDir, headless: true, args: FLAGS });
  const page = await browser.newPage();
  // Tall, since Altair's editors only contain the lines in view.
  await page.evaluateOnNewDocument(`addEventListener('DOMContentLoaded', () => {
    const still = new CSSStyleSheet();
    still.replaceSync('${STYLES}');
    document.adoptedStyleSheets = [still];
  })`);
  await page.setViewport({ width: 1_400, height: 2_000 });
  const faults: string[] = [];
  await reportOtherOrigins(page, origin, faults);
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`uncaught: ${String(error)}`));
  return {
    page,
    faults,
    close: async () => {
      await browser.close();
      await rm(userDataDir, { recursive: true, force: true });
    },
  };
}

/** The browser's flags block such requests. (Interception by puppeteer makes every second worker hang.) */
async function reportOtherOrigins(page: Page, origin: string, faults: string[]): Promise<void> {
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') faults.push(`request: ${url.href}`);
  });
  const session = await page.createCDPSession();
  session.on('Network.webSocketCreated', ({ url }) => {
    if (new URL(url).origin !== origin.replace('http', 'ws')) faults.push(`socket: ${url}`);
  });
  await session.send('Network.enable');
}
