// `dtms paper`, `dtms actions` and `dtms accounts` as their users run them: real sockets, and `dtms paper` and the server as processes.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountKind } from '../../../gen/ts/dtms/v1/account_service.js';
import { DtmsClient } from '../../../src/client/index.js';
import type { ReplayBar } from '../../../src/replay/importer.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess, type Outcome } from '../../support/cli-process.js';

const M15 = 900_000;
const BARS = 190;
const FROM_BAR = 100;
const BEGINNING = 150;
const FROM = Date.UTC(2025, 0, 6);

const folder = mkdtempSync(join(tmpdir(), 'dtms-paper-'));
// Run as root, Postgres has another user, who must reach it.
chmodSync(folder, 0o755);
const barsFile = join(folder, 'bars.csv');
/** The first bars of the same market. */
const beginningFile = join(folder, 'beginning.csv');
const market = syntheticMarket({
  seed: 59,
  timeframe: 'M15',
  bars: BARS,
  from: FROM,
  price: 64_000,
  digits: 2,
});
const firstPlayed = market.bars[FROM_BAR] as ReplayBar;

let server: CliProcess;
let address = '';
let client: DtmsClient;

beforeAll(async () => {
  const rows = market.bars.map(({ bar: { time, open, high, low, close, volume } }) =>
    [new Date(time).toISOString(), ...[open, high, low, close].map((price) => price.toFixed(2)), volume].join(
      ',',
    ),
  );
  const head = 'time,open,high,low,close,volume';
  writeFileSync(barsFile, [head, ...rows].join('\n'));
  writeFileSync(beginningFile, [head, ...rows.slice(0, BEGINNING)].join('\n'));
  const config = join(folder, 'config.json');
  // What is in doubt is settled after this, not after the minute that is usual.
  const rules = { actions: { doubtQuietMs: 100, retryMs: [100, 200] }, feeds: { recorded: ['*'] } };
  writeFileSync(config, JSON.stringify({ rules }));
  server = new CliProcess(folder, [
    'serve',
    '--port',
    '0',
    '--data-dir',
    join(folder, 'data'),
    '--config',
    config,
  ]);
  address = (await server.says(/gRPC\s+(\S+)/))[1] ?? '';
  client = new DtmsClient({ address });
});

afterAll(async () => {
  client.close();
  await server.interrupt();
  rmSync(folder, { recursive: true, force: true });
});

const dtms = (...args: string[]): Promise<Outcome> => dtmsHere([...args, '--server', address]);

/** `dtms paper` for an account with a feed of its own, recorded dates and no waiting. */
const paper = (account: string, ...more: string[]) => paperOf(barsFile, account, ...more);
const paperOf = (bars: string, account: string, ...more: string[]) => [
  ...['paper', '--account', account, '--feed', account, '--symbol', 'BTCUSD', '--bars', bars],
  ...['--from-bar', String(FROM_BAR), '--server', address, ...more],
];
const played = (account: string, ...more: string[]): Promise<Outcome> =>
  new CliProcess(folder, paper(account, '--recorded-time', '--max', ...more)).ended();

interface Note {
  readonly kind: string;
  readonly at: string;
  readonly [field: string]: unknown;
}

function notesOf({ code, out, err }: Outcome): readonly Note[] {
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Note);
}

/** Trades that the market moves against and with: one each way, opened when the first played bar opens. */
async function registerPair(account: string, feed: string): Promise<void> {
  const { open, time } = firstPlayed.bar;
  for (const [ticket, side, name] of [
    [41n, 1, 1],
    [42n, -1, 2],
  ] as const) {
    await client.registerTrade({
      trade: {
        account,
        feed,
        ticket,
        symbol: 'BTCUSD',
        direction: name,
        entryPrice: open,
        volume: 0.5,
        stopLoss: open - side * 2000,
        magicNumber: 77n,
        openedAt: new Date(time),
      },
    });
  }
}

describe('dtms paper', () => {
  it('takes over registered trades, and their stop actions reach the broker and are DONE', async () => {
    await registerPair('taken', 'taken');
    const outcome = await played('taken');
    expect(outcome.code).toBe(0);
    const { open } = firstPlayed.bar;
    expect(outcome.out).toContain(`41  adopts BUY 0.5 at ${open}, stop ${open - 2000}, target none`);
    expect(outcome.out).toContain(`42  adopts SELL 0.5 at ${open}, stop ${open + 2000}, target none`);
    const [, actionId = '', stop = ''] =
      /(taken:4[12]:\d+:\w+_SL\w*) {2}stop ([\d.]+) {2}10009 done/.exec(outcome.out) ?? [];
    expect(actionId).not.toBe('');

    const shown = JSON.parse((await dtms('actions', 'show', actionId, '--json')).out);
    expect(shown.action).toMatchObject({
      status: 'ACTION_STATUS_DONE',
      stopLoss: Number(stop),
      attempts: 1,
      result: { code: 10009, outcome: 'ACTION_OUTCOME_DONE' },
    });
    expect((await dtms('actions', 'show', actionId)).out).toMatch(/status\s+│ DONE/);
    const listed = await dtms('actions', 'list', '--account', 'taken', '--status', 'DONE', '--json');
    expect(listed.out).toContain(`"actionId":"${actionId}"`);
    expect((await dtms('actions', 'list', '--account', 'taken', '--limit', '1')).out).toContain('│ DONE ');
    // Nothing is taken over twice.
    expect(outcome.out.match(/adopts/g)).toHaveLength(2);
    expect(outcome.out).toMatch(/ended after 90 bars: 2 positions adopted, .* 0 executed twice/);
  });

  it('does not take over what is of another symbol, nor a second position where the account nets', async () => {
    await registerPair('netted', 'netted');
    const other = { symbol: 'XAUUSD', direction: 1, entryPrice: 2000, volume: 1 };
    await client.registerTrade({ trade: { ...other, account: 'netted', feed: 'netted', ticket: 43n } });
    const { out } = await played('netted', '--netting');
    expect(out).toContain('41  adopts BUY');
    expect(out).toContain('does not adopt 42: a netting account holds one position');
    expect(out).toContain('does not adopt 43: this broker trades only BTCUSD, not XAUUSD');
    const { risk } = await client.getRisk({ account: 'netted' });
    expect(risk?.marginMode).toBe(2);
  });

  it('plays the same course twice, its own trades included', async () => {
    const course = async (account: string) => {
      const { code, out } = await played(account, '--sample', '6', '--slippage', '3', '--seed', '4');
      expect(code).toBe(0);
      return out.replaceAll(account, 'account');
    };
    const [first, second] = await Promise.all([course('same-1'), course('same-2')]);
    expect(first).toMatch(/opens (BUY|SELL) 1 at/);
    expect(first).toContain('10009 done');
    expect(second).toBe(first);
  });

  it('ends with everything settled although a third of all calls to the broker go wrong', async () => {
    const notes = notesOf(await played('chaos', '--sample', '12', '--faults', '0.3', '--json'));
    const end = notes.at(-1);
    expect(end).toMatchObject({
      kind: 'end',
      bars: BARS - FROM_BAR,
      executedTwice: 0,
      stopsLoosened: 0,
      openActions: 0,
    });
    const faults = Object.values(end?.faults as Record<string, number>);
    expect(faults.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
    const { actions } = await client.listActions({ account: 'chaos', statuses: [1, 2, 3, 8] });
    expect(actions).toEqual([]);
    const { trades } = await client.listTrades({ filter: { account: 'chaos' } });
    expect(trades).toHaveLength(Number(end?.positions));
  });

  it('plays as now, takes over what is registered while it runs, and ends in order with Ctrl-C', async () => {
    const program = new CliProcess(folder, paper('live', '--speed', '3600', '--spread', '10'));
    await program.says(/up to/);
    const trade = ['--ticket', '7', '--symbol', 'BTCUSD', '--direction', 'BUY', '--volume', '0.1'];
    const { close } = (market.bars.at(-1) as ReplayBar).bar;
    const prices = ['--entry-price', String(close), '--stop-loss', String(close / 2)];
    await dtms('trades', 'register', '--account', 'live', '--feed', 'live', ...trade, ...prices);
    await program.says(/ 7 {2}adopts BUY 0.1/);
    const { code, out } = await program.interrupt();
    expect(code).toBe(0);
    expect(out).toMatch(/ended after \d+ bars: 1 positions adopted/);

    const until = Date.parse(/up to (\S+)/.exec(out)?.[1] ?? '');
    const lasts = (BARS - FROM_BAR) * (M15 / 3600);
    expect(Math.abs(until - Date.now())).toBeLessThan(M15 + lasts + 60_000);
    const { view } = await client.getMarketView({ feed: 'live', symbol: 'BTCUSD' });
    expect(view?.medianSpread).toBeCloseTo(10, 0);
    const { risk } = await client.getRisk({ account: 'live' });
    expect(risk).toMatchObject({ activeTrades: 1, bridges: [{ bridgeId: 'dtms-paper', ready: true }] });
    expect(Math.abs((risk?.reconciledAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('goes on with the market where it was when it is run again', async () => {
    const run = (bars: string, ...more: string[]) =>
      new CliProcess(folder, paperOf(bars, 'again', '--max', ...more)).ended();
    const first = await run(beginningFile);
    expect(first.out).toContain(`${BEGINNING} of ${BEGINNING} rows, M15`);
    expect(first.out).toContain(`plays ${BEGINNING - FROM_BAR} M15 bars of BTCUSD from bar ${FROM_BAR} on`);
    const asOf = async () =>
      (await client.getMarketView({ feed: 'again', symbol: 'BTCUSD' })).view?.asOf?.getTime() ?? 0;
    const stoppedAt = await asOf();
    const second = await run(barsFile, '--sample', '2');
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(second.out).not.toContain('WARNING: feed');
    expect(second.out).toContain(`plays ${BARS - BEGINNING} M15 bars of BTCUSD from bar ${BEGINNING} on`);
    // The bars before make the first sample ready at once: it is opened at the price the market stopped at.
    const { close } = (market.bars[BEGINNING - 1] as ReplayBar).bar;
    expect(second.out).toMatch(new RegExp(`opens BUY 1 at ${close}`));
    expect(await asOf()).toBe(stoppedAt + (BARS - BEGINNING) * M15);
  });

  it('goes on where the feed is, and refuses the past', async () => {
    // The feed of the test before: its dates end now.
    const { view } = await client.getMarketView({ feed: 'taken', symbol: 'BTCUSD' });
    expect(view?.asOf?.getTime()).toBe(FROM + BARS * M15);
    const again = await played('taken');
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toContain(
      `feed taken has data of BTCUSD up to ${new Date(FROM + BARS * M15).toISOString()}`,
    );
  });
});

describe('dtms actions and accounts', () => {
  /** Actions of an account whose trades watch the feed of another one's market; no bridge has worked on them. */
  let waiting: readonly string[] = [];
  beforeAll(async () => {
    await registerPair('hand', 'played');
    await played('played');
    await client.reportAccount({
      account: 'hand',
      bridgeId: 'by-hand',
      // No real account follows a played market.
      kind: AccountKind.PAPER,
      connected: true,
      tradeAllowed: true,
      equity: 1000,
      balance: 1000,
    });
    const { actions } = await client.drainLeases({ account: 'hand', bridgeId: 'by-hand' });
    for (const { action } of actions) {
      if (action?.lease === undefined) continue;
      const { actionId, lease } = action;
      await client.beginAction({ actionId, token: lease.token });
      waiting = [...waiting, actionId];
      // The first is refused for good; of the others the answer is lost.
      const code = waiting.length === 1 ? 10016 : 10012;
      await client.reportAction({ actionId, token: lease.token, result: { code } });
    }
  });

  it('settles an action that is in doubt, and says who did', async () => {
    const actionId = waiting[1] ?? '';
    const listed = await dtms('actions', 'list', '--account', 'hand', '--status', 'IN_DOUBT', '--json');
    expect(listed.out).toContain(`"actionId":"${actionId}"`);
    const by = ['--by', 'ann', '--reason', 'seen in the terminal'];
    const resolved = await dtms('actions', 'resolve', actionId, 'done', ...by, '--json');
    expect(JSON.parse(resolved.out)).toMatchObject({ actionId, status: 'ACTION_STATUS_DONE' });
    const again = await dtms('actions', 'resolve', actionId, 'done', ...by);
    expect(again.code).toBe(1);
    expect(again.err).toContain(actionId);
  });

  it('replays an action that was refused, and gives it up', async () => {
    const actionId = waiting[0] ?? '';
    const by = ['--by', 'ann', '--reason', 'the level was lifted'];
    const replayed = await dtms('actions', 'replay', actionId, ...by);
    expect(replayed.out).toMatch(/status\s+│ PENDING/);
    const trade = (await dtms('trades', 'get', 'hand', actionId.split(':')[1] ?? '')).out;
    expect(trade).toMatch(new RegExp(`action\\s+│ ${actionId} PENDING`));
    expect(trade).toMatch(/known by\s+│ REGISTERED/);
    const states = 'HEALTHY,WARNING_L1,WARNING_L2,HEDGED,RECOVERING,CLOSED';
    const list = await dtms('trades', 'list', '--account', 'hand', '--state', states);
    expect(list.out).toContain(`${actionId.split(':')[3]} PENDING`);
    const given = await dtms('actions', 'resolve', actionId, 'give-up', ...by, '--json');
    expect(JSON.parse(given.out)).toMatchObject({ actionId });
    const unknown = await dtms('actions', 'replay', 'hand:9:9:CLOSE_ALL', ...by);
    expect(unknown).toMatchObject({ code: 1, out: '' });
  });

  it('shows an account, and limits and frees it', async () => {
    const show = (...args: string[]) => dtms('accounts', 'show', 'hand', ...args);
    expect((await show()).out).toMatch(/trading\s+│ ACTIVE.*DAILY_LOSS.*by-hand/s);
    const by = ['--by', 'ann', '--reason', 'broker outage'];
    const halted = await dtms('accounts', 'set-state', 'hand', 'HALTED', ...by);
    expect(halted.out).toMatch(/trading\s+│ HALTED/);
    expect(halted.out).toContain('ann: HALTED broker outage');
    await dtms('accounts', 'set-state', 'hand', 'ACTIVE', ...by);
    expect(JSON.parse((await show('--json')).out)).toMatchObject({
      account: 'hand',
      tradingState: 'TRADING_STATE_ACTIVE',
      person: 'ann',
    });
    expect((await dtms('accounts', 'list')).out).toMatch(/account.*hand\s+│ enforce\s+│ ACTIVE/s);
    expect(await dtms('accounts', 'show', 'nobody')).toMatchObject({ code: 1, out: '' });
  });
});
