// Whatever the broker does to the deals of closed lots (it corrects them, takes a close or a part of it back, closes again), and whoever restarts
// meanwhile, results are what its newest deals say: by trade, account and day, to the cent, each deal once.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DealEntry, DealReason } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { ResultPart, ResultSum } from '../../../../gen/ts/dtms/v1/results.js';
import { Direction } from '../../../../src/client/index.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';

let service: TestService;
const { account, register, position, reconcile } = accountCalls(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

type Currency = 'USD' | 'EUR';

/** In hundredths of a lot and cents. */
interface Close {
  readonly deal: bigint;
  readonly ticket: bigint;
  lots: number;
  readonly at: number;
  readonly isStop: boolean;
  /** Its account's when it closed: what its money is counted in. */
  readonly currency: Currency;
  price: number;
  profit: number;
  commission: number;
  swap: number;
}

/**
 * A broker with positions of one lot, whose past it may change, but not that of before its account had another currency: such a
 * result does not always follow its deals, which is open.
 */
class ChangingBroker {
  readonly name: string;
  readonly tickets: readonly bigint[];
  readonly closes: Close[] = [];
  currency: Currency = 'USD';
  #seconds = 10;
  #deals = 0n;

  constructor(name: string, tickets: readonly bigint[]) {
    this.name = name;
    this.tickets = tickets;
  }

  open(ticket: bigint): number {
    return 100 - this.#of(ticket).reduce((sum, { lots }) => sum + lots, 0);
  }

  close(ticket: bigint, share: number, cents: number): void {
    const lots = Math.max(1, Math.floor((this.open(ticket) * share) / 4));
    if (this.open(ticket) === 0) return;
    this.#deals += 1n;
    const isStop = lots === this.open(ticket);
    const price = 90 + Number(this.#deals) / 100;
    const money = { profit: cents, commission: -7, swap: 3 };
    const { currency } = this;
    this.closes.push({
      ...{ deal: this.#deals, ticket, lots, at: this.#seconds + 1, isStop, price, currency },
      ...money,
    });
  }

  correct(ticket: bigint, cents: number): void {
    const close = this.#of(ticket).at(-1);
    if (close === undefined || close.currency !== this.currency) return;
    Object.assign(close, { profit: cents, commission: close.commission - 1, price: close.price + 0.5 });
  }

  /** The broker takes back what ended the trade. */
  takeBack(ticket: bigint): void {
    const last = this.#of(ticket).at(-1);
    if (last !== undefined && this.open(ticket) === 0) this.closes.splice(this.closes.indexOf(last), 1);
  }

  /** The last close of a position that goes on was of fewer lots, which earned another amount. */
  shrink(ticket: bigint, share: number, cents: number): void {
    const last = this.#of(ticket).at(-1);
    if (last === undefined || last.lots === 1 || this.open(ticket) === 0) return;
    if (last.currency !== this.currency) return;
    const lots = Math.max(1, Math.floor((last.lots * share) / 5));
    Object.assign(last, { lots, profit: cents, price: last.price + share - 1, swap: last.swap - 2 });
  }

  /** @param hidden - hundredths of a lot that a snapshot misses of a position that is larger, with its newest deals. */
  async show(hidden = 0): Promise<void> {
    this.#seconds += 8;
    const open = this.tickets.filter((ticket) => this.open(ticket) > 0);
    const positions = open.map((ticket) =>
      position(ticket, { volume: Math.max(this.open(ticket) - hidden, 1) / 100 }),
    );
    await reconcile(this.name, this.#seconds, positions, { deals: this.closes.map(dealOf) });
  }

  #of(ticket: bigint): Close[] {
    return this.closes.filter((close) => close.ticket === ticket);
  }
}

function dealOf({ deal, ticket, lots, price, profit, commission, swap, isStop, at: seconds }: Close) {
  return {
    ...{
      deal,
      positionIdentifier: ticket,
      symbol: 'BTCUSD',
      entry: DealEntry.OUT,
      direction: Direction.SELL,
    },
    ...{ volume: lots / 100, price, time: at(seconds) },
    reason: isStop ? DealReason.STOP_LOSS : DealReason.CLIENT,
    money: { profit: profit / 100, commission: commission / 100, swap: swap / 100, fee: 0 },
  };
}

const cents = (text: string | undefined): number => Math.round(Number(text ?? 'NaN') * 100);
const partsOf = (part: ResultPart | ResultSum | undefined) =>
  [part?.profit, part?.commission, part?.swap].map(cents);
const sumsOf = (closes: readonly Close[]) => {
  const sum = (of: 'profit' | 'commission' | 'swap') => closes.reduce((total, close) => total + close[of], 0);
  return [sum('profit'), 0 - sum('commission'), sum('swap')];
};

async function judge(broker: ChangingBroker): Promise<void> {
  const { client } = service;
  const { results } = await client.listTradeResults({
    filter: { account: broker.name, states: [1, 2, 3, 4, 5, 6] },
  });
  // What is in another currency than the account's is in no sum.
  const isCounted = ({ currency }: Close) => currency === broker.currency;
  for (const ticket of broker.tickets) {
    const its = results.find((one) => one.ticket === ticket);
    const closes = broker.closes.filter((close) => close.ticket === ticket);
    const counted = closes.filter(isCounted);
    if (counted.length > 0 || closes.length === 0)
      expect(partsOf(its?.realised), `${ticket}`).toEqual(sumsOf(counted));
    else expect(its?.realised?.profit, `${ticket}`).toBeUndefined();
    // The lots and the prices as well: a lot began with 10 at risk.
    const r = closes.reduce((sum, { lots, price }) => sum + (lots / 100) * ((price - 100) / 10), 0);
    expect(its?.realised?.r, `${ticket}`).toBeCloseTo(r, 9);
  }
  const { result } = await client.getAccountResult({ account: broker.name });
  const counted = broker.closes.filter(isCounted);
  const others = broker.closes.filter((close) => !isCounted(close));
  const { closes, booked, unknown } = result?.day ?? {};
  if (counted.length > 0 || others.length === 0) expect(partsOf(result?.day)).toEqual(sumsOf(counted));
  else expect(result?.day?.profit).toBeUndefined();
  expect([closes, booked, unknown]).toEqual([...[broker.closes.length, broker.closes.length], others.length]);
  const { groups } = await client.sumResults({ account: broker.name, by: [] });
  for (const currency of ['USD', 'EUR'] as const) {
    const its = broker.closes.filter((close) => close.currency === currency);
    const sum = groups.find((each) => each.currency === currency);
    if (its.length > 0) expect(partsOf(sum?.result), currency).toEqual(sumsOf(its));
    else expect(sum, currency).toBeUndefined();
  }
}

const ticket = fc.constantFrom(1n, 2n);
const money = fc.integer({ min: -99_999, max: 99_999 });
const quarters = fc.integer({ min: 1, max: 4 });
const stepOf = <Kind extends string>(
  kind: Kind,
  weight: number,
  share: fc.Arbitrary<number> = fc.constant(0),
) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constant(kind), ticket, share, money }),
});
const step = fc.oneof(
  stepOf('close', 4, quarters),
  stepOf('correct', 2),
  stepOf('hide', 2, quarters),
  stepOf('shrink', 3, quarters),
  stepOf('take back', 3),
  stepOf('currency', 2),
  stepOf('restart', 1),
);

it('are what the newest deals say, after every change', async () => {
  let takenBack = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
      const broker = new ChangingBroker(account(), [1n, 2n]);
      await service.client.upsertAccount({ account: broker.name, currency: 'USD', marginMode: 1 });
      for (const each of broker.tickets) await register(broker.name, each);
      await broker.show();
      for (const { kind, ticket: of, share, money: amount } of steps) {
        if (kind === 'close') broker.close(of, share, amount);
        if (kind === 'shrink') broker.shrink(of, share, amount);
        if (kind === 'correct') broker.correct(of, amount);
        if (kind === 'take back') {
          const before = broker.closes.length;
          broker.takeBack(of);
          takenBack += before - broker.closes.length;
        }
        if (kind === 'currency') {
          broker.currency = broker.currency === 'USD' ? 'EUR' : 'USD';
          const { name, currency } = broker;
          await service.client.upsertAccount({ account: name, currency, marginMode: 1 });
        }
        if (kind === 'hide') await broker.show(share * 9);
        if (kind === 'restart') service = await service.restart();
        // What is closed is booked with the snapshot after the one that closes it.
        for (let shown = 0; shown < 2; shown += 1) await broker.show();
        await judge(broker);
      }
    }),
    {
      numRuns: 12,
      examples: [
        [
          [
            { kind: 'close', ticket: 1n, share: 1, money: 1234 },
            { kind: 'close', ticket: 1n, share: 2, money: 500 },
            { kind: 'shrink', ticket: 1n, share: 3, money: -321 },
            { kind: 'correct', ticket: 1n, share: 0, money: 777 },
            { kind: 'shrink', ticket: 1n, share: 1, money: 11 },
            { kind: 'close', ticket: 1n, share: 4, money: -900 },
            { kind: 'take back', ticket: 1n, share: 0, money: 0 },
            { kind: 'shrink', ticket: 1n, share: 2, money: 5 },
          ],
        ],
        [
          [
            { kind: 'close', ticket: 1n, share: 2, money: 1234 },
            { kind: 'close', ticket: 1n, share: 4, money: -5000 },
            { kind: 'take back', ticket: 1n, share: 0, money: 0 },
            { kind: 'correct', ticket: 1n, share: 0, money: 777 },
            { kind: 'close', ticket: 1n, share: 4, money: 4321 },
            { kind: 'restart', ticket: 1n, share: 0, money: 0 },
            { kind: 'correct', ticket: 1n, share: 0, money: -1 },
          ],
        ],
      ],
    },
  );
  expect(takenBack).toBeGreaterThan(0);
});
