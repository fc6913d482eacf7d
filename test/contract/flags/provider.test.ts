// A provider of OpenFeature at a real server: it is asked for every account that DTMS knows of, also for one of which nothing but a
// trade is known.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlagState } from '../../../gen/ts/dtms/v1/feature_flag.js';
import { DtmsClient } from '../../../src/client/index.js';
import { until } from '../../support/eventually.js';
import { tradeSpec } from '../../support/notice-service.js';
import { TestServers } from '../../support/servers.js';

const MODULE = join(mkdtempSync(join(tmpdir(), 'dtms-provider-')), 'provider.mjs');
writeFileSync(
  MODULE,
  `export default {
    metadata: { name: 'test' },
    resolveBooleanEvaluation: async (flag, _otherwise, { account }) => ({ value: !(flag === 'enforce' && account === 'spared') }),
  };`,
);
let servers: TestServers;
let client: DtmsClient;
beforeAll(async () => {
  servers = await TestServers.start(1, { limits: { mode: 'off' }, flags: { provider: MODULE } });
  client = new DtmsClient({ address: servers.at(0).grpcAddress });
});
afterAll(async () => {
  client.close();
  await servers.end();
});

const enforced = async (account: string) => {
  const { flags } = await client.listFeatureFlags({ account });
  return flags.find(({ flag }) => flag === 'enforce')?.state;
};

test('an account of which nothing but a trade is known is asked for', async () => {
  await client.registerTrade({ trade: tradeSpec('spared', 1n) });
  await client.registerTrade({ trade: tradeSpec('other', 2n) });
  await until('it is off', async () => (await enforced('spared')) === FlagState.OFF);
  expect(await enforced('other')).toBe(FlagState.ON);
});
