// Several bridges of one account may tell their snapshots at the same moment, each with as many of its deals as it looked back for:
// each deal counts once all the same, and once they are told together results are what they say.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { ChangingBroker } from '../../../support/changing-broker.js';
import { runs } from '../../../support/properties.js';

let service: TestService;
const { account, beat, register, position, snapshot } = accountCalls(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const cents = (text: string | undefined): number => Math.round(Number(text ?? 'NaN') * 100);

async function show(broker: ChangingBroker, bridgeId: string, deals: readonly object[]): Promise<void> {
  const positions = [position(1n, { volume: broker.open(1n) / 100 })];
  await beat(broker.name, { bridgeId });
  const call = () => snapshot(broker.name, broker.seconds, positions, { bridgeId, deals: [...deals] });
  // While another is reconciled it is to be sent again.
  for (let sent = 1; ; sent += 1) {
    try {
      await call();
      return;
    } catch (error) {
      if (sent === 100 || !String(error).includes('OVERLOADED')) throw error;
    }
  }
}

it('a deal counts once, whoever tells it together with which others', async () => {
  const closes = fc.array(fc.integer({ min: -9999, max: 9999 }), { minLength: 2, maxLength: 4 });
  const looks = fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), {
    minLength: 2,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(closes, looks, async (earned, told) => {
      const broker = new ChangingBroker(account(), [1n]);
      await service.client.upsertAccount({ account: broker.name, currency: 'USD', marginMode: 1 });
      await register(broker.name, 1n);
      await show(broker, 'b0', []);
      for (const money of earned) {
        // Of as many lots at one price: any deal might be of any of them.
        const close = broker.close(1n, 1, money);
        if (close !== undefined) Object.assign(close, { lots: 10, price: 95 });
        broker.seconds += 8;
        await show(
          broker,
          'b0',
          broker.tell().map((deal) => ({ ...deal, money: undefined })),
        );
      }
      const deals = broker.tell();
      await Promise.all(
        told.map((isTold, bridge) =>
          show(
            broker,
            `b${bridge}`,
            deals.filter((_, index) => isTold[index] === true),
          ),
        ),
      );
      broker.seconds += 8;
      await show(broker, 'b0', deals);
      const { result } = await service.client.getAccountResult({ account: broker.name });
      const sum = broker.closes.reduce((total, { profit }) => total + profit, 0);
      expect(cents(result?.day?.profit)).toBe(sum);
      expect(result?.day).toMatchObject({ closes: earned.length, booked: earned.length });
    }),
    { numRuns: runs(30) },
  );
});
