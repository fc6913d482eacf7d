// What the real service logs: one line for every event, found by the call that caused it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogLevel } from '../../gen/ts/dtms/v1/system_service.js';
import { TradeField } from '../../gen/ts/dtms/v1/types.js';
import { ActionOutcome, TradingState } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { packageRoot } from '../../src/package-files.js';
import { accountCalls } from '../support/account-calls.js';
import { actionCalls, only } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';
import { ownershipClient } from '../support/ownership-client.js';

type Line = Readonly<Record<string, unknown>>;

const lines: Line[] = [];
let service: TestService;
beforeAll(async () => {
  service = await startService(
    { limits: { mode: 'off' } },
    createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) }),
  );
});
afterAll(async () => {
  await service.end();
});

const accounts = accountCalls(() => service);
const actions = actionCalls(() => service);

const about = (account: string): Line[] => lines.filter((line) => line.account === account);
const named = (id: string) => ({ headers: { 'x-correlation-id': id } });
const events = () => lines.filter(({ revision }) => revision !== undefined);

describe('an event of the log', () => {
  it('has a line with its trade, its place and the call that caused it', async () => {
    const name = accounts.account();
    const trade = {
      ...{ account: name, ticket: 9_007_199_254_740_993n, symbol: 'BTCUSD', direction: 1, entryPrice: 100 },
      ...{ volume: 1, stopLoss: 90 },
    };
    const { revision } = await service.client.registerTrade({ trade }, named('register-1'));
    expect(about(name)).toEqual([
      {
        severity: 'INFO',
        time: expect.any(String),
        message: 'a trade was registered',
        correlation_id: 'register-1',
        account: name,
        ticket: '9007199254740993',
        symbol: 'BTCUSD',
        revision: Number(revision),
        trade_version: 1,
        actor: 'anonymous',
        adopted: false,
      },
    ]);
  });

  it('of an action tells every step, and of a transition the call that brought the market data', async () => {
    const name = await actions.troubled(1);
    const leased = only(await actions.lease(name));
    const { actionId, token } = actions.held(leased);
    await service.client.beginAction({ actionId, token }, named('begin-1'));
    await service.client.reportAction(
      { actionId, token, result: { outcome: ActionOutcome.DONE, code: 10009 } },
      named('report-1'),
    );
    const steps = about(name).filter(({ message }) => message === 'an action changed');
    expect(steps).toMatchObject([
      { from: 'PENDING', status: 'LEASED', action: 'TIGHTEN_SL', action_id: actionId, bridge: 'b1' },
      { from: 'LEASED', status: 'EXECUTING', correlation_id: 'begin-1' },
      { from: 'EXECUTING', status: 'DONE', correlation_id: 'report-1', outcome: 'DONE', broker_code: 10009 },
    ]);
    expect(about(name).find(({ message }) => message === 'a trade changed its state')).toMatchObject({
      ticket: '1',
      from: 'HEALTHY',
      to: 'WARNING_L1',
      cause: 'SCORE',
      correlation_id: expect.stringMatching(/./),
      action_id: [actionId],
      action: ['TIGHTEN_SL'],
    });
  });

  it('that shows a drift is a warning', async () => {
    const name = accounts.account();
    await accounts.register(name, 1n);
    await accounts.reconcile(name, 0, [accounts.position(1n, { volume: 0.5 })]);
    expect(about(name).at(-1)).toMatchObject({
      severity: 'WARNING',
      message: 'the broker differs from a trade',
      drift: 'POSITION_DIFFERS',
      note: 'volume 1 -> 0.5',
    });
  });

  it('has exactly one line, in the order of the log', async () => {
    const { headRevision } = await service.client.getStatus({});
    expect(events().map(({ revision }) => revision)).toEqual(
      Array.from({ length: Number(headRevision) }, (_, index) => index + 1),
    );
  });
});

describe('an account', () => {
  it('tells a rail that trips once, and a state that a person sets', async () => {
    const name = accounts.account();
    await accounts.beat(name);
    await accounts.beat(name, { equity: 9_000 });
    await accounts.beat(name, { equity: 8_990 });
    const rails = about(name).filter(({ message }) => message === 'a rail tripped');
    expect(rails).toMatchObject([
      { severity: 'WARNING', rail: 'DAILY_LOSS', value: expect.closeTo(0.1) },
      { severity: 'WARNING', rail: 'HOURLY_LOSS' },
    ]);
    await service.client.setTradingState(
      { account: name, state: TradingState.HALTED, by: 'ann', reason: 'news' },
      named('halt-1'),
    );
    expect(about(name).at(-1)).toMatchObject({
      message: 'a trading state was set',
      correlation_id: 'halt-1',
      trading_state: 'HALTED',
      by: 'ann',
      reason: 'news',
    });
  });

  it('does not tell again after a restart what was told before', async () => {
    const name = accounts.account();
    await accounts.beat(name);
    await accounts.beat(name, { equity: 9_000 });
    const told = about(name).length;
    service = await service.restart();
    await accounts.beat(name, { equity: 8_980 });
    expect(about(name)).toHaveLength(told);
  });
});

it('a refusal of ownership is one line with the trade and the owner', async () => {
  const name = accounts.account();
  await accounts.register(name, 1n);
  const managers = ownershipClient(service.address);
  const ask = { account: name, ticket: 1n, field: TradeField.STOP_LOSS };
  await managers.acquire({ ...ask, manager: 'universal_sl_tp_manager' });
  await expect(
    managers.acquire({ ...ask, manager: 'intelligent_exit_manager' }, named('refused-1')),
  ).rejects.toThrow();
  managers.close();
  expect(lines.filter((line) => line.correlation_id === 'refused-1')).toMatchObject([
    {
      message: 'call finished',
      account: name,
      ticket: '1',
      reason: expect.stringMatching(/FIELD_OWNED|MODIFICATION_UNDER_WAY/),
      field: 'STOP_LOSS',
      owner: 'universal_sl_tp_manager',
    },
  ]);
});

describe('SetLogLevel', () => {
  it('changes what is logged at once, says so and is in the record', async () => {
    const name = accounts.account();
    await accounts.register(name, 1n);
    const calls = () =>
      lines.filter(({ message, severity }) => message === 'call finished' && severity === 'DEBUG');
    const before = calls().length;
    const answer = await service.client.setLogLevel({ level: LogLevel.DEBUG, durationSeconds: 3600 });
    expect(answer).toMatchObject({ level: LogLevel.DEBUG, previousLevel: LogLevel.INFO });
    expect(Number(answer.until) - Date.now()).toBeGreaterThan(3_500_000);
    await service.client.getTrade({ account: name, ticket: 1n }, named('seen-1'));
    await expect
      .poll(() => calls().slice(before))
      .toContainEqual(expect.objectContaining({ correlation_id: 'seen-1', account: name, ticket: '1' }));
    expect(await service.client.setLogLevel({ level: LogLevel.INFO })).toMatchObject({
      previousLevel: LogLevel.DEBUG,
      until: undefined,
    });
    expect(lines.filter(({ message }) => message === 'the level of the log changed')).toMatchObject([
      { level: 'debug', previous_level: 'info', by: 'anonymous' },
      { level: 'info', previous_level: 'debug' },
    ]);
    const { events: audits } = await service.client.listAuditEvents({
      method: '/dtms.v1.SystemService/SetLogLevel',
    });
    expect(audits.map(({ detail }) => detail)).toEqual([
      { level: 'debug', duration_seconds: 3600, previous_level: 'info' },
      { level: 'info', duration_seconds: 0, previous_level: 'debug' },
    ]);
  });
});

it('names of fields are snake_case in every line, and in the guide', () => {
  const names = new Set(lines.flatMap((line) => Object.keys(line)));
  expect(names.size).toBeGreaterThan(20);
  const guide = readFileSync(join(packageRoot(), 'docs', 'guides', 'observability.md'), 'utf8');
  for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect([...names].filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});
