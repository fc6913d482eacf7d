// What a person at a terminal reads: tables without rows, facts, spans, and why no server was reached.
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it, test } from 'vitest';
import { GetExposureResponse } from '../../../gen/ts/dtms/v1/account_service.js';
import { exitCodeOf, unreached } from '../../../src/cli/exit.js';
import { exposureText } from '../../../src/cli/exposure.js';
import { factsText, spanText, tableText, timeText } from '../../../src/cli/output.js';
import { callError } from '../../../src/client/errors.js';
import { clientFiles, clientKey, clientServer } from '../../../src/config/client.js';
import { notLeading } from '../../../src/errors/errors.js';
import { toStatus } from '../../../src/errors/status.js';

test('exposure without a currency has heads that are names, and says it once', () => {
  const held = { value: '', positions: 1, unknown: 1 };
  const text = exposureText(
    GetExposureResponse.fromPartial({
      symbols: [{ symbol: 'XAUUSD', held }],
      currencies: [{ currency: 'USD', held }],
    }),
  );
  expect(text).toMatch(/^equity not known; the account's currency is not known$/m);
  expect(text.match(/currency is not known/g)).toHaveLength(1);
  expect(text).toMatch(/│ currency │ value /);
});

test.each([
  ['', "equity 10000.00; the account's currency is not known"],
  ['USD', 'equity 10000.00 USD'],
])('exposure of an equity in %j begins %j', (currency, first) => {
  const held = { value: '', positions: 1, unknown: 1 };
  const told = { currency, equity: 10_000, symbols: [{ symbol: 'XAUUSD', held }] };
  expect(exposureText(GetExposureResponse.fromPartial(told)).split('\n')[0]).toBe(first);
});

describe('tables', () => {
  it('says none where there are no rows', () => {
    expect(tableText(['ticket', 'symbol'], [])).toBe('none');
    expect(tableText(['ticket'], [['42']]).split('\n')).toHaveLength(4);
  });

  it('wraps the widest cells where the terminal is narrow, and never a word', () => {
    const rows = [['enforce', 'DTMS sends its orders; off: it decides and records']];
    const lines = tableText(['flag', 'what it switches'], rows, 40).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(lines.join(' ').replaceAll(/[│ ]+/g, ' ')).toContain('enforce DTMS sends its orders;');
    expect(tableText(['flag', 'what it switches'], rows, 80).split('\n')).toHaveLength(4);
    expect(tableText(['flag'], [['a-name-that-is-one-word']], 10)).toContain('a-name-that-is-one-word');
  });

  it('says of a time that it is UTC', () => {
    expect(timeText(new Date(Date.UTC(2026, 10, 30, 9, 5, 7, 123)))).toBe('2026-11-30 09:05:07Z');
  });

  it('shows facts a line each, without a heading and without empty values', () => {
    const lines = factsText([
      ['trade', 'demo 42'],
      ['hedge', ''],
      ['', '0.50  a reason'],
    ]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^│ trade +│ demo 42 +│$/);
    expect(lines[2]).toMatch(/^│ +│ 0.50 {2}a reason +│$/);
  });
});

test.each([
  [0, '0 s'],
  [89_400, '89 s'],
  [225_000, '4 min'],
  [4_200_000, '70 min'],
  [253_050_000, '70 h'],
])('%i ms are %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

describe('no server', () => {
  const failed = (details: string, metadata = new Metadata()): ServiceError =>
    Object.assign(new Error(details), { code: status.UNAVAILABLE, details, metadata });

  it('is told from a server that is not available, and in short', () => {
    const refused = 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1';
    const away = callError('/x', failed(`${refused}. Resolution note: `));
    expect(unreached(away)).toBe('connect ECONNREFUSED 127.0.0.1:1');
    const ofAll = `round_robin: No connection established. Last error: ${refused}`;
    expect(unreached(callError('/x', failed(ofAll)))).toBe('connect ECONNREFUSED 127.0.0.1:1');
    const silent =
      'round_robin: No connection established. Last error: Failed to connect (2026-11-30T03:20:20.509Z)';
    expect(unreached(callError('/x', failed(silent)))).toBe('Failed to connect');
    expect(exitCodeOf(away)).toBe(3);
    const { details = '', metadata = null } = toStatus(notLeading(), 'an-id');
    const standby = callError('/x', failed(details, metadata ?? undefined));
    expect(unreached(standby)).toBeNull();
    expect(exitCodeOf(standby)).toBe(3);
    expect(unreached(new Error('another'))).toBeNull();
  });
});

describe('the environment of clients', () => {
  it('names the server and the key; what is empty is not set', () => {
    const env = { DTMS_SERVER: 'desk:50051', DTMS_API_KEY: '' };
    expect(clientServer(env)).toBe('desk:50051');
    expect(clientKey(env)).toBeUndefined();
    const files = { DTMS_CLIENT_CA: 'ca.crt', DTMS_CLIENT_CERT: '', DTMS_CLIENT_KEY: 'me.key' };
    expect(clientFiles(files)).toEqual({ ca: 'ca.crt', cert: undefined, key: 'me.key' });
    expect(clientServer({})).toBeUndefined();
  });
});
