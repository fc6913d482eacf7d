import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';

test.each([
  ['DTMS_GRPC_PROT', 'did you mean DTMS_GRPC_PORT?'],
  ['DTMS_LOG_LEVL', 'did you mean DTMS_LOG_LEVEL?'],
  ['DTMS_DATABASE_ULR', 'did you mean DTMS_DATABASE_URL?'],
  ['DTMS_RULES_STATES_L1_SCOR', 'did you mean DTMS_RULES_STATES_L1_SCORE?'],
])('a misspelt variable is refused with the one that was meant: %s', (name, told) => {
  expect(() => loadConfig({ env: { [name]: '1' } })).toThrow(`${name}: is not a setting; ${told}`);
});

test('variables of whoever starts us are told, and ours and those of others are not', () => {
  const told: string[] = [];
  const env = {
    DTMS_SERVICE_HOST: '10.0.0.1',
    DTMS_PORT_50051_TCP: 'tcp://10.0.0.1:50051',
    DTMS_API_KEY: 'key',
    DTMS_SERVER: 'here:1',
    DTMS_CLIENT_CA: 'ca.crt',
    DTMS_CLIENT_CERT: 'me.crt',
    DTMS_CLIENT_KEY: 'me.key',
    DTMS_GRPC_PORT: '0',
    PATH: '/bin',
  };
  loadConfig({ env, onUnknown: (variables) => told.push(...variables) });
  expect(told).toEqual(['DTMS_SERVICE_HOST', 'DTMS_PORT_50051_TCP']);
});

test('a misspelt key of a file is refused with the one that was meant', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-names-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ grpc: { prot: 1 }, http: { nonsense: true } }));
  const load = () => loadConfig({ env: {}, file });
  expect(load).toThrow('grpc.prot: is not a setting; did you mean grpc.port?');
  expect(load).toThrow(/http\.nonsense: is not a setting$/m);
});

test.each([
  ['{"limts": {}}', 'limts: is not a setting; did you mean limits?'],
  ['{"limts": {"queriesPerSecond": 5}}', 'did you mean limits.queriesPerSecond?'],
  ['{"limts": {"querys": 5}}', 'limts.querys: is not a setting; did you mean limits?'],
  ['{"ruls": {"states": {"l1Score": -2}}}', 'ruls.states.l1Score: is not a setting; did you mean rules?'],
  ['{"limits": {"queries_per_second": 5}}', 'did you mean limits.queriesPerSecond?'],
])('a misspelt section is refused with the one that was meant: %s', (content, told) => {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-names-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'config.json');
  writeFileSync(file, content);
  expect(() => loadConfig({ env: {}, file })).toThrow(told);
});
