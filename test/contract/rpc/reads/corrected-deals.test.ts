// Whatever the broker does to the deals of closed lots (it corrects them, takes a close back, closes again), and whoever restarts
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

/** In hundredths of a lot and cents. */
interface Close {
  readonly deal: bigint;
  readonly ticket: bigint;
  readonly lots: number;
  readonly at: number;
  readonly isStop: boolean;
  price: number;
  profit: number;
  commission: number;
  swap: number;
}

/** A broker with positions of one lot, whose past it may change. */
class ChangingBroker {
  readonly name: string;
  readonly tickets: readonly bigint[];
  readonly closes: Close[] = [];
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
    this.closes.push({ deal: this.#deals, ticket, lots, at: this.#seconds + 1, isStop, price, ...money });
  }

  correct(ticket: bigint, cents: number): void {
    const close = this.#of(ticket).at(-1);
    if (close === undefined) return;
    Object.assign(close, { profit: cents, commission: close.commission - 1, price: close.price + 0.5 });
  }

  /** The broker takes back what ended the trade. */
  takeBack(ticket: bigint): void {
    const last = this.#of(ticket).at(-1);
    if (last !== undefined && this.open(ticket) === 0) this.closes.splice(this.closes.indexOf(last), 1);
  }

  async show(): Promise<void> {
    this.#seconds += 8;
    const open = this.tickets.filter((ticket) => this.open(ticket) > 0);
    const positions = open.map((ticket) => position(ticket, { volume: this.open(ticket) / 100 }));
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
  for (const ticket of broker.tickets) {
    const its = results.find((one) => one.ticket === ticket);
    const closes = broker.closes.filter((close) => close.ticket === ticket);
    expect(partsOf(its?.realised), `${ticket}`).toEqual(sumsOf(closes));
  }
  const { result } = await client.getAccountResult({ account: broker.name });
  expect([...partsOf(result?.day), result?.day?.closes, result?.day?.booked, result?.day?.unknown]).toEqual([
    ...sumsOf(broker.closes),
    broker.closes.length,
    broker.closes.length,
    0,
  ]);
}

const ticket = fc.constantFrom(1n, 2n);
const money = fc.integer({ min: -99_999, max: 99_999 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('close' as const),
      ticket,
      share: fc.integer({ min: 1, max: 4 }),
      money,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('correct' as const), ticket, share: fc.constant(0), money }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('take back' as const), ticket, share: fc.constant(0), money }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), ticket, share: fc.constant(0), money }),
  },
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
        if (kind === 'correct') broker.correct(of, amount);
        if (kind === 'take back') {
          const before = broker.closes.length;
          broker.takeBack(of);
          takenBack += before - broker.closes.length;
        }
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
