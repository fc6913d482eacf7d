// A real browser for tests of pages: the Chromium of this machine, or of CHROME_PATH.
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where the browser is; undefined when there is none, and tests with it are skipped. */
export function chromiumPath(): string | undefined {
  return [process.env.CHROME_PATH ?? '', ...USUAL].find((path) => path !== '' && existsSync(path));
}

/** Why tests are skipped, for their names. */
export const NO_CHROMIUM = 'skipped without Chromium: install it, or set CHROME_PATH';

const QUIET = ['quic', 'background-networking', 'component-update', 'sync', 'gpu'];

/** Starts the browser, without what it would ask of other hosts by itself. Throws when there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error(NO_CHROMIUM);
  const args = ['--no-sandbox', '--no-first-run', ...QUIET.map((what) => `--disable-${what}`)];
  return chromium.launch({ executablePath, headless: true, args });
}

/** What a page asked for and complained about since it was opened. */
export interface PageRecord {
  readonly requests: string[];
  readonly complaints: string[];
}

/** Records every request of a page, and its errors and warnings (broken policies are among them). */
export function recorded(page: Page): PageRecord {
  const record: PageRecord = { requests: [], complaints: [] };
  page.on('request', (request) => record.requests.push(request.url()));
  page.on('pageerror', (error) => record.complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') record.complaints.push(message.text());
  });
  return record;
}
