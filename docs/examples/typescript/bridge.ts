// A bridge: DTMS decides, the bridge does it at the broker. What is particular to a broker is one adapter, a class that
// implements Terminal; here it is the paper broker's. A person orders the position closed, and the bridge closes it.
//
//   npm run build && node dist/docs/examples/typescript/bridge.js [SERVER,SERVER...]
import { openingDeal, PaperTerminal, paperBrokerOf, plainInstrument, runBridge } from 'dtms/bridge';
import { Direction, DtmsClient } from 'dtms/client';

const [address = '127.0.0.1:50051'] = process.argv.slice(2);
const account = 'paper-example';
const symbol = 'BTCUSD';
const client = new DtmsClient({ address });

const instrument = plainInstrument(account, symbol, 2);
const broker = paperBrokerOf({ instrument, hours: 'quoted', account: { firstTicket: BigInt(Date.now()) } });
const quote = () => broker.quote(symbol, { bid: 64_000, ask: 64_001 }, Date.now());
quote();
const quoting = setInterval(quote, 200);
const terminal = new PaperTerminal(broker);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const bridge = runBridge(client, terminal, {
  account,
  bridgeId: 'paper-example',
  kind: 'PAPER',
  instruments: [instrument],
  signal: stop.signal,
  onError: (error) => console.error(`goes on: ${String(error)}`),
});
try {
  const opened = await terminal.order(
    openingDeal({ symbol, direction: 'BUY', volume: 1 }, { stopLoss: 60_000 }),
  );
  const [position] = broker.positions();
  if (position === undefined) throw new Error(`the broker refused: ${opened.message}`);
  const { identifier: ticket, entryPrice, volume, stopLoss } = position;
  await client.protect({
    account,
    ticket,
    symbol,
    direction: Direction.BUY,
    entryPrice,
    volume,
    stopLoss: stopLoss ?? undefined,
  });
  console.log(`registered: ${ticket}, ${volume} lots at ${entryPrice}`);
  await client.closePosition({ account, tickets: [ticket], by: 'ann', reason: 'the example ends' });
  for await (const message of client.watchTrades({
    filter: { account, tickets: [ticket] },
    sendInitialState: true,
    signal: stop.signal,
  })) {
    if (broker.positions().length > 0) continue;
    console.log(`closed by the bridge: ${ticket} (${message.$case})`);
    break;
  }
} finally {
  stop.abort();
  await bridge;
  clearInterval(quoting);
  client.close();
}
