// What callers name, named as what every object has: an id or a name is looked up among what is known, and nowhere else.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Resolution } from '../../../gen/ts/dtms/v1/action_service.js';
import { MoneyObstacle } from '../../../gen/ts/dtms/v1/results.js';
import { ActionOutcome } from '../../../gen/ts/dtms/v1/types.js';
import { Direction, type DtmsCallError, ErrorReason } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';

const NAMES = Object.getOwnPropertyNames(Object.prototype);

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const failureOf = async (call: Promise<unknown>): Promise<DtmsCallError> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error,
  );

describe.each(['FOO', '', ...NAMES])('an action id that ends in "%s"', (name) => {
  const ids = [`A:1:1:${name}`, `A:1:1:TIGHTEN_SL:${name}`, `${name}:1`, `A:1:${name}`];
  // A part, and a position that is closed: what they mean depends on the type of the action.
  const codes = [10009, 10010, 10036, 0];

  it('is of no action, whatever is said of it', async () => {
    const { client } = service;
    const by = { by: 'anna', reason: 'a test' };
    for (const actionId of ids) {
      const calls = codes.flatMap((code) => [
        client.reportAction({ actionId, token: 1n, result: { code } }),
        client.reportAction({ actionId, token: 1n, result: { code, outcome: ActionOutcome.DONE } }),
        client.resolveAction({ actionId, resolution: Resolution.DONE, result: { code }, ...by }),
      ]);
      const others = [
        client.beginAction({ actionId, token: 1n, requestId: randomUUID() }),
        client.extendLease({ actionId, token: 1n }),
        client.replayAction({ actionId, ...by }),
      ];
      for (const failure of await Promise.all([...calls, ...others].map(failureOf)))
        expect([actionId, failure.code, failure.report.reason]).toEqual([
          actionId,
          status.NOT_FOUND,
          ErrorReason.ACTION_NOT_FOUND,
        ]);
    }
  });
});

describe.each(NAMES.filter((name) => /^[A-Za-z]/.test(name)))(
  'an account, a bridge and a symbol called %s',
  (name) => {
    it('are like any other', async () => {
      const { client } = service;
      const trade = {
        ...{ account: name, ticket: 1n, symbol: name, direction: Direction.BUY, label: name },
        ...{ entryPrice: 100, volume: 1, stopLoss: 90 },
      };
      await client.registerTrade({ trade });
      const money = { connected: true, tradeAllowed: true, equity: 1000, balance: 1000, currency: 'USD' };
      await client.reportAccount({ account: name, bridgeId: 'other', ...money });
      const unseen = { account: name, bridgeId: name, takenAt: new Date(), complete: true };
      expect((await failureOf(client.reconcilePositions(unseen))).report.reason).toBe(
        ErrorReason.BRIDGE_NOT_READY,
      );
      await client.reportAccount({ account: name, bridgeId: name, ...money });
      const { symbols } = await client.getExposure({ account: name });
      expect(symbols).toMatchObject([{ symbol: name, obstacle: MoneyObstacle.CONTRACT }]);
      await client.getRisk({ account: name });
      await client.listAlarms({});
      const symbol = { account: name, ticket: 1n };
      expect((await client.getTrade(symbol)).trade).toMatchObject({
        account: name,
        symbol: name,
        instrument: name,
      });
    });
  },
);
