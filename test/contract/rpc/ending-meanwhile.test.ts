// A trade that ends between the moment it was looked up and the one at which another may begin under its ticket: the look is
// taken again, and the term goes on.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { Direction } from '../../../src/client/index.js';
import { closeTrade } from '../../../src/commands/change-trade.js';
import type { Issuer } from '../../../src/commands/command.js';
import { CommandRunner } from '../../../src/commands/runner.js';
import { Term } from '../../../src/engine/term.js';
import { startService, type TestService } from '../../support/app.js';
import { execute } from '../../support/postgres.js';

const SPEC = { symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100, volume: 1, stopLoss: 90 };
const ACCOUNT = 'ends';
const { run } = CommandRunner.prototype;
const { closedAmong } = Term.prototype;
let service: TestService;
let caught: { readonly runner: CommandRunner; readonly issuer: Issuer } | undefined;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});
beforeEach(() => {
  Object.defineProperty(CommandRunner.prototype, 'run', {
    configurable: true,
    writable: true,
    value(this: CommandRunner, ...args: Parameters<typeof run>): unknown {
      caught = { runner: this, issuer: args[1] };
      return Reflect.apply(run, this, args);
    },
  });
});
afterEach(() => {
  CommandRunner.prototype.run = run;
  Term.prototype.closedAmong = closedAmong;
});

/** Closes the trade right after it was looked up next, before anything else can be done. */
function closeAfterLook(ticket: bigint): { readonly closing: () => Promise<unknown> } {
  let closing: Promise<unknown> | undefined;
  Term.prototype.closedAmong = async function (this: Term, keys) {
    const found = await closedAmong.call(this, keys);
    if (closing === undefined && caught !== undefined)
      closing = caught.runner.run(
        closeTrade({ account: ACCOUNT, ticket }, 'REQUESTED', 100, null),
        caught.issuer,
      );
    return found;
  };
  return { closing: () => closing ?? Promise.reject(new Error('nothing was looked up')) };
}

const termOf = async () => (await execute(service.databaseUrl, 'SELECT evaluator_epoch FROM log_head')).rows;

test.each<[string, bigint, (trade: typeof SPEC & { account: string; ticket: bigint }) => Promise<boolean>]>([
  [
    'by itself',
    1n,
    async (trade) => (await service.client.registerTrade({ trade })).trade?.state === TradeState.CLOSED,
  ],
  [
    'in a batch',
    2n,
    async (trade) =>
      (await service.client.batchRegisterTrades({ trades: [trade] })).results.every(({ closed }) => closed),
  ],
])('a trade registered again %s while it ends is the one that is over', async (_, ticket, registerAgain) => {
  const trade = { account: ACCOUNT, ticket, ...SPEC };
  await service.client.registerTrade({ trade });
  const before = await termOf();
  const { closing } = closeAfterLook(ticket);
  expect(await registerAgain(trade)).toBe(true);
  await closing();
  expect(await termOf()).toEqual(before);
});
