// How a server is looked at over a real socket: one that never comes to an end is given up, so the judge is not held up by it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { get } from '../../../src/cli/verify/http.js';

const drips = new Set<NodeJS.Timeout>();
const server = createServer((_request, response) => {
  response.writeHead(200);
  drips.add(setInterval(() => response.write('# still here\n'), 10));
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
  for (const drip of drips) clearInterval(drip);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('an answer without an end is given up in its time', async () => {
  const { port } = server.address() as AddressInfo;
  const access = { base: `http://127.0.0.1:${port}`, apiKey: undefined, ca: null, cert: null, key: null };
  await expect(get(access, '/metrics', 300)).rejects.toThrow('no answer within 300 ms');
});
