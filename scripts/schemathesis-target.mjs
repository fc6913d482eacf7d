// The service that Schemathesis is let loose on: the built program on an embedded database of its own, with
// the examples' trades in it, keys asked for, and rate limits out of the way.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = (...path) => import(pathToFileURL(join(root, 'dist', 'src', ...path)).href);

/** Starts it; `errors` are the lines it logged as errors. */
export async function startTarget() {
  const [{ startApp }, { loadConfig }, { createLogger }] = await Promise.all([
    built('app.js'),
    built('config', 'config.js'),
    built('observability', 'logger.js'),
  ]);
  const dataDir = mkdtempSync(join(tmpdir(), 'dtms-api-'));
  const errors = [];
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
  const key = await firstKey(url);
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

/** A key that may do everything. With it the server is not open any more. */
async function firstKey(url) {
  const scopes = ['READ', 'REGISTER', 'MARKET', 'BRIDGE', 'MANAGE', 'ADMIN'].map((name) => `SCOPE_${name}`);
  const response = await fetch(`${url}/v1/dtms/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'schemathesis', scopes }),
  });
  if (!response.ok) throw new Error(`no key was made: ${response.status} ${await response.text()}`);
  const { key, secret } = await response.json();
  return { id: key.keyId, text: secret };
}

/** Sends the document's examples, so that there is something to ask for. */
async function fill(url, key) {
  const document = JSON.parse(readFileSync(join(root, 'gen', 'openapi', 'dtms.v1.json'), 'utf8'));
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [verb, { parameters = [], requestBody }] of Object.entries(item)) {
      const { example } = requestBody?.content['application/json'] ?? {};
      // Closing and pausing would take away what was just put there.
      if (example === undefined || /:(close|pause|lease)$/.test(path)) continue;
      const filled = parameters.reduce(
        (text, { name, example: value }) => text.replace(`{${name}}`, encodeURIComponent(value)),
        path,
      );
      await fetch(url + filled, { method: verb.toUpperCase(), headers, body: JSON.stringify(example) });
    }
  }
}
