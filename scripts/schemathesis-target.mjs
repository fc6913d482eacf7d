// The service that Schemathesis is let loose on: the built program on an embedded database of its own, with
// the examples' trades in it, keys asked for, and rate limits out of the way.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { root } from './tools.mjs';

/** @param {string[]} path */
const built = (...path) => import(pathToFileURL(join(root, 'dist', 'src', ...path)).href);

/** Starts it; `errors` are the lines it logged as errors. */
export async function startTarget() {
  const [{ startApp }, { loadConfig }, { createLogger }] = await Promise.all([
    built('app.js'),
    built('config', 'config.js'),
    built('observability', 'logger.js'),
  ]);
  const dataDir = mkdtempSync(join(tmpdir(), 'dtms-api-'));
  /** @type {string[]} */
  const errors = [];
  /** @type {import('node:stream').WritableOptions['write']} */
  const write = (line, _encoding, next) => {
    if (/"severity":"(ERROR|CRITICAL)"/.test(String(line))) errors.push(String(line));
    next();
  };
  const logger = createLogger('error', new Writable({ write }));
  const config = loadConfig({
    env: {},
    overrides: {
      grpc: { port: 0 },
      http: { port: 0 },
      database: { dataDir },
      // They are tested by themselves; here they would hide what is behind them.
      limits: { mode: 'off' },
    },
  });
  const app = await startApp(config, logger);
  await app.leading;
  const url = `http://${app.httpAddress}`;
  const key = await firstKey(url, app.consoleToken);
  await closed(url);
  await fill(url, key.text);
  return {
    url,
    key,
    errors,
    stop: async () => {
      await app.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * A key that may do everything. With it the server is not open any more.
 *
 * @param {string} url
 * @param {string | undefined} consoleToken - what a caller without a key makes the first one with
 */
async function firstKey(url, consoleToken) {
  const scopes = ['READ', 'REGISTER', 'MARKET', 'BRIDGE', 'MANAGE', 'ADMIN'].map((name) => `SCOPE_${name}`);
  const response = await fetch(`${url}/v1/dtms/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'schemathesis', scopes, consoleToken }),
  });
  if (!response.ok) throw new Error(`no key was made: ${response.status} ${await response.text()}`);
  const { key, secret } = Object(await response.json());
  return { id: key.keyId, text: secret };
}

/**
 * Until a call without a key is refused: a server notices its first key within a second.
 *
 * @param {string} url
 */
async function closed(url) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { status } = await fetch(`${url}/v1/dtms/accounts`);
    if (status === 401) return;
    await sleep(100);
  }
  throw new Error('the server is open although there is a key');
}

/**
 * Sends the document's examples, so that there is something to ask for.
 *
 * @param {string} url
 * @param {string} key
 */
async function fill(url, key) {
  const document = JSON.parse(readFileSync(join(root, 'gen', 'openapi', 'dtms.v1.json'), 'utf8'));
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [verb, { parameters = [], requestBody }] of Object.entries(Object(item))) {
      const { example } = requestBody?.content['application/json'] ?? {};
      // Closing and pausing would take away what was just put there.
      if (example === undefined || /:(close|pause|lease)$/.test(path)) continue;
      const filled = parameters.reduce(
        (
          /** @type {string} */ text,
          /** @type {{ name: string, example: string }} */ { name, example: value },
        ) => text.replace(`{${name}}`, encodeURIComponent(value)),
        path,
      );
      await fetch(url + filled, { method: verb.toUpperCase(), headers, body: JSON.stringify(example) });
    }
  }
}
