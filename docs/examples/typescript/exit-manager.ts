// An exit manager's round: it asks DTMS before it trails the stops of an account's trades, and moves each
// through a modification lease. What it would tell the broker it prints.
//
//   npm run build && node dist/docs/examples/typescript/exit-manager.js [SERVER [ACCOUNT]]
import { Direction, DtmsCallError, DtmsClient, type Trade, TradeField, TradeState } from 'dtms/client';

const MANAGER = 'intelligent_exit_manager';
/** How far behind the entry this example keeps a stop, in shares of the price. */
const DISTANCE = 0.002;

const [address = '127.0.0.1:50051', account = 'demo'] = process.argv.slice(2);
const client = new DtmsClient({
  address,
  interceptors: [
    {
      unary: async (call, next) => {
        call.metadata.set('x-correlation-id', `exit-manager-${process.pid}`);
        return next(call);
      },
    },
  ],
});
client.onStateChange((state) => console.error(`connection: ${state}`));
const defence = client.defence(account, { manager: MANAGER, refresh: 'watch' });

async function trail({ ticket, direction, entryPrice }: Trade): Promise<string> {
  const { allowed, source, note } = await defence.mayModify(ticket, 'trailing');
  if (!allowed) return `left alone (${source}): ${note}`;
  const side = direction === Direction.BUY ? 1 : -1;
  const value = Number((entryPrice * (1 - side * DISTANCE)).toFixed(2));
  const key = { account, ticket };
  const { token } = await client.acquireModification({
    ...key,
    field: TradeField.STOP_LOSS,
    manager: MANAGER,
  });
  await client.commitModification({ ...key, token, value });
  // Here the broker is told, and only here: the commit was answered.
  await client.releaseModification({ ...key, token, applied: true });
  return `stop at ${value}`;
}

try {
  const { trades } = await client.listTrades({ filter: { account } });
  for (const trade of trades.filter(({ state }) => state !== TradeState.CLOSED)) {
    try {
      console.log(`${trade.ticket}: ${await trail(trade)}`);
    } catch (error) {
      // A stop that would loosen, or a field another manager took meanwhile.
      if (!(error instanceof DtmsCallError)) throw error;
      console.log(`${trade.ticket}: refused: ${error.message}`);
    }
  }
} finally {
  defence.close();
  client.close();
}
