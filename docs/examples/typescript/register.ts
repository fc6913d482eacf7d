// Registers a trade, and asks how it stands. Repeating it is harmless: the second time the same trade is
// already registered.
//
//   npm run build && node dist/docs/examples/typescript/register.js [SERVER [ACCOUNT [TICKET]]]
import { Direction, DtmsCallError, DtmsClient, Monitoring, TradeState } from 'dtms/client';

const [address = '127.0.0.1:50051', account = 'demo', ticket = '43'] = process.argv.slice(2);
const client = new DtmsClient({ address });
try {
  const { trade, alreadyRegistered, revision } = await client.registerTrade({
    trade: {
      account,
      ticket,
      symbol: 'XAUUSDc',
      direction: Direction.BUY,
      entryPrice: 2650.4,
      volume: 0.5,
      stopLoss: 2641,
      takeProfit: 2670,
    },
  });
  if (trade === undefined) throw new Error('the answer has no trade');
  console.log(
    `${alreadyRegistered ? 'already registered' : 'registered'} at revision ${revision}:`,
    `${trade.symbol} is ${TradeState[trade.state]}, ${Monitoring[trade.monitoring]}`,
  );
} catch (error) {
  if (!(error instanceof DtmsCallError)) throw error;
  console.error(`refused: ${error.message}`);
  for (const { field, description } of error.report.violations) console.error(`  ${field}: ${description}`);
  process.exitCode = 1;
} finally {
  client.close();
}
