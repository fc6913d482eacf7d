// The old routes' translations, without a server: how values look, how registrations are read, how a trade
// is found by its ticket alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  GetTradeResponse,
  ListTradesResponse,
  RegisterTradeResponse,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction, Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { CallFailure, type LegacyCaller, type LegacyMethod } from '../../../src/http/legacy/caller.js';
import { DEPRECATED_SINCE, deprecationHeaders } from '../../../src/http/legacy/deprecation.js';
import { enable, readRegistration } from '../../../src/http/legacy/enable.js';
import { findTrade } from '../../../src/http/legacy/find-trade.js';
import { atBreakeven, tradeInfo } from '../../../src/http/legacy/trade-answers.js';
import { isoTime, spanText, ticketValue } from '../../../src/http/legacy/values.js';

/** Answers each procedure with the messages it is given, in order, and keeps what it was asked. */
function scripted(answers: readonly (unknown | CallFailure)[]) {
  const asked: { path: string; message: unknown }[] = [];
  const caller: Pick<LegacyCaller, 'call'> = {
    call: <Req, Res>({ path }: LegacyMethod<Req, Res>, read: () => Req): Promise<Res> => {
      asked.push({ path, message: read() });
      const answer = answers[asked.length - 1];
      return answer instanceof CallFailure ? Promise.reject(answer) : Promise.resolve(answer as Res);
    },
  };
  return { caller: caller as LegacyCaller, asked };
}

const failure = (reason: CallFailure['report']['reason'], metadata: Record<string, string> = {}) =>
  new CallFailure({ status: 409, code: 'ALREADY_EXISTS', reason, message: 'no', metadata, fields: [] });

const differs = (fields: string) =>
  failure(ErrorReason.TRADE_DIFFERS, { account: 'a1', ticket: '42', fields });

const trade = (more: Partial<Trade> = {}): Trade =>
  Trade.fromPartial({ account: 'a1', ticket: 42n, symbol: 'EURUSD', direction: Direction.BUY, ...more });

const OLD = {
  ticket: 42,
  symbol: 'EURUSD',
  direction: 'BUY',
  entry: 1.1,
  volume: 0.5,
  stop_loss: 1.09,
  take_profit: 1.2,
};

describe('values of the old routes', () => {
  it('shows tickets as numbers where these are exact, and never changes one', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (ticket) => {
        const shown = ticketValue(ticket);
        expect(BigInt(JSON.parse(JSON.stringify(shown)) as number | string)).toBe(ticket);
        expect(typeof shown).toBe(ticket <= 9_007_199_254_740_991n ? 'number' : 'string');
      }),
    );
  });

  it('shows spans as days and hours, and loses no second', () => {
    expect(spanText(0)).toBe('0:00:00');
    expect(spanText(3_723_999)).toBe('1:02:03');
    expect(spanText(86_400_000)).toBe('1 day, 0:00:00');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        const [, days = '0', hours, minutes, rest] =
          /^(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)$/.exec(spanText(seconds * 1000)) ?? [];
        const read = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest);
        expect(read).toBe(seconds);
      }),
    );
  });

  it('shows times with an offset', () => {
    expect(isoTime(new Date(0))).toBe('1970-01-01T00:00:00.000+00:00');
  });
});

describe('an old registration', () => {
  it('is read as a trade', () => {
    expect(readRegistration(OLD, 'main').trade).toMatchObject({
      account: 'main',
      ticket: 42n,
      symbol: 'EURUSD',
      direction: Direction.BUY,
      entryPrice: 1.1,
      volume: 0.5,
      stopLoss: 1.09,
      takeProfit: 1.2,
    });
  });

  it('takes directions in any case, numbers as text, and its own account', () => {
    const body = { ...OLD, direction: 'sell', ticket: '9007199254740993', entry: '1.1', account: 'b' };
    expect(readRegistration(body, 'main').trade).toMatchObject({
      account: 'b',
      direction: Direction.SELL,
      ticket: 9_007_199_254_740_993n,
      entryPrice: 1.1,
    });
  });

  it.each([[0], [null], [undefined], ['0']])('reads a stop of %s as none', (value) => {
    const read = readRegistration({ ...OLD, stop_loss: value, take_profit: value }, 'main').trade;
    expect(read?.stopLoss).toBeUndefined();
    expect(read?.takeProfit).toBeUndefined();
  });

  it.each(['ticket', 'symbol', 'direction', 'entry'])('is refused without %s', (field) => {
    const thrown = thrownBy(() => readRegistration({ ...OLD, [field]: undefined }, 'main'));
    expect(thrown.violations.map((violation) => violation.field)).toEqual([field]);
  });

  it.each([
    ['ticket', 2 ** 53],
    ['ticket', 1.5],
    ['ticket', -1],
    ['ticket', '9223372036854775808'],
    ['direction', 'UP'],
    ['entry', 'cheap'],
    ['volume', {}],
    ['symbol', 5],
  ])('is refused with %s %s', (field, value) => {
    const thrown = thrownBy(() => readRegistration({ ...OLD, [field]: value }, 'main'));
    expect(thrown.violations.map((violation) => violation.field)).toEqual([field]);
  });

  it('never breaks in another way, whatever the JSON', () => {
    const fields = fc.dictionary(
      fc.constantFrom('account', '__proto__', ...Object.keys(OLD)),
      fc.jsonValue(),
      { maxKeys: 8 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fields,
          fields.map((some) => ({ ...OLD, ...some })),
        ),
        (body) => {
          try {
            readRegistration(body, 'main');
          } catch (error) {
            expect(error).toBeInstanceOf(DtmsError);
          }
        },
      ),
    );
  });

  it('of a known ticket with other prices tells the trade that is registered', async () => {
    const { caller } = scripted([
      differs('entry_price,stop_loss'),
      GetTradeResponse.fromPartial({ trade: trade({ entryPrice: 1.5 }) }),
    ]);
    const { body } = await enable(caller, () => OLD, 'a1');
    expect(body).toMatchObject({
      success: true,
      already_registered: true,
      differing_fields: ['entry_price', 'stop_loss'],
      trade_info: { ticket: 42, entry_price: 1.5 },
    });
  });

  it.each(['symbol', 'direction', 'entry_price,symbol', 'feed', ''])(
    'of a known ticket with another %s is refused',
    async (fields) => {
      const { caller, asked } = scripted([differs(fields)]);
      await expect(enable(caller, () => OLD, 'a1')).rejects.toBeInstanceOf(CallFailure);
      expect(asked).toHaveLength(1);
    },
  );

  it('of a known ticket whose stop has passed the entry tells the trade, of an unknown one the error', async () => {
    const { report } = failure(ErrorReason.STOP_ON_WRONG_SIDE);
    const wrong = new CallFailure({ ...report, status: 400, fields: ['trade.stop_loss'] });
    const known = scripted([wrong, GetTradeResponse.fromPartial({ trade: trade() })]);
    expect((await enable(known.caller, () => OLD, 'a1')).body).toMatchObject({
      already_registered: true,
      differing_fields: ['stop_loss'],
    });
    expect(known.asked[1]?.message).toMatchObject({ account: 'a1', ticket: 42n });
    const other = scripted([wrong, GetTradeResponse.fromPartial({ trade: trade({ symbol: 'GBPUSD' }) })]);
    await expect(enable(other.caller, () => OLD, 'a1')).rejects.toBe(wrong);
    const unknown = scripted([wrong, failure(ErrorReason.TRADE_NOT_FOUND)]);
    await expect(enable(unknown.caller, () => OLD, 'a1')).rejects.toBe(wrong);
  });

  it('that was there before says so', async () => {
    const { caller } = scripted([
      RegisterTradeResponse.fromPartial({ trade: trade(), alreadyRegistered: true }),
    ]);
    const { body } = await enable(caller, () => OLD, 'a1');
    expect(body.already_registered).toBe(true);
    expect(body).not.toHaveProperty('differing_fields');
  });
});

describe('a trade found by its ticket', () => {
  const reference = { ticket: 42n, account: undefined, defaultAccount: 'main' };
  const page = (...trades: Trade[]) => ListTradesResponse.fromPartial({ trades });

  it('is the active one, without a look at the closed ones', async () => {
    const { caller, asked } = scripted([page(trade())]);
    expect(await findTrade(caller, reference)).toMatchObject({ account: 'a1' });
    expect(asked).toMatchObject([{ message: { filter: { tickets: [42n], states: [] } } }]);
  });

  it('is a closed one when none is active', async () => {
    const { caller, asked } = scripted([page(), page(trade({ state: TradeState.CLOSED }))]);
    expect(await findTrade(caller, reference)).toMatchObject({ state: TradeState.CLOSED });
    expect(asked[1]?.message).toMatchObject({ filter: { states: [TradeState.CLOSED] } });
  });

  it('is refused when several accounts have it, naming them', async () => {
    const { caller } = scripted([page(trade(), trade({ account: 'a2' }))]);
    const error: unknown = await findTrade(caller, reference).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CallFailure);
    expect((error as CallFailure).report).toMatchObject({ status: 409, metadata: { accounts: 'a1,a2' } });
  });

  it('is looked for in the account that is named, and nowhere else', async () => {
    const { caller, asked } = scripted([failure(ErrorReason.TRADE_NOT_FOUND)]);
    expect(await findTrade(caller, { ...reference, account: 'a7' })).toBeUndefined();
    expect(asked).toEqual([expect.objectContaining({ path: '/dtms.v1.TradeService/GetTrade' })]);
  });

  it('is looked for in the default account by a key that is limited to accounts', async () => {
    const denied = failure(ErrorReason.PERMISSION_DENIED, { field: 'filter.account', account: '' });
    const { caller, asked } = scripted([denied, GetTradeResponse.fromPartial({ trade: trade() })]);
    expect(await findTrade(caller, reference)).toMatchObject({ account: 'a1' });
    expect(asked[1]?.message).toMatchObject({ account: 'main', ticket: 42n });
  });
});

describe('trade_info', () => {
  it('has null for what is not known, never 0', () => {
    const info = tradeInfo(trade(), []);
    for (const field of ['current_score', 'current_price', 'profit', 'sl', 'tp', 'open_result_r'] as const)
      expect(info[field], field).toBeNull();
  });

  it.each([
    [Direction.BUY, 1.1, 1.1, true],
    [Direction.BUY, 1.1, 1.09, false],
    [Direction.SELL, 1.1, 1.09, true],
    [Direction.SELL, 1.1, 1.11, false],
    [Direction.BUY, 1.1, undefined, false],
  ])('breakeven of %s at %s with a stop of %s is %s', (direction, entryPrice, stopLoss, expected) => {
    expect(atBreakeven(trade({ direction, entryPrice, stopLoss }))).toBe(expected);
  });
});

describe('deprecation', () => {
  it('is told as a structured date, an HTTP date and links', () => {
    const headers = deprecationHeaders(new Date('2027-11-30T00:00:00Z'), '/v1/dtms/trades');
    expect(headers.deprecation).toMatch(/^@\d{10}$/);
    expect(Number(headers.deprecation?.slice(1)) * 1000).toBe(DEPRECATED_SINCE.getTime());
    expect(headers.sunset).toBe('Tue, 30 Nov 2027 00:00:00 GMT');
    expect(headers.link).toContain('</v1/dtms/trades>; rel="successor-version"');
    expect(headers.link).toContain('rel="deprecation"');
  });
});

function thrownBy(act: () => unknown): DtmsError {
  try {
    act();
  } catch (error) {
    if (error instanceof DtmsError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
