// How a program of yours is tested against DTMS: the real service, a broker and a market in one process,
// with a clock that stands still. It needs nothing installed; the database comes along.
//
//   npm run build && node dist/docs/examples/typescript/test-a-program.js
import assert from 'node:assert/strict';
import { TradeState } from 'dtms/client';
import { RISING, startTestServer, TURNING } from 'dtms/testing';

const dtms = await startTestServer();
try {
  const broker = await dtms.broker({ account: 'demo', symbol: 'BTCUSD', price: 64_000 });
  await broker.play(RISING);
  const { ticket } = await broker.open({ direction: 'BUY', volume: 1, stopLoss: broker.bid * 0.94 });
  const defence = dtms.client.defence('demo', { manager: 'intelligent_exit_manager', cacheMs: 0 });
  assert.equal((await defence.mayModify(ticket, 'trailing')).allowed, true);

  // The market turns. After every bar the bridge does what DTMS asks for, until it defends the trade.
  await broker.play(TURNING, async () => {
    await broker.work();
    return (await defence.isDefensive(ticket)).defensive;
  });
  const { trade } = await dtms.client.getTrade({ account: 'demo', ticket });
  assert.equal(trade?.state, TradeState.WARNING_L2);
  assert.equal((await defence.mayModify(ticket, 'trailing')).allowed, false);
  console.log(`defended: ${broker.positions[0]?.volume} lots left, stop at ${broker.positions[0]?.stopLoss}`);
} finally {
  await dtms.stop();
}
