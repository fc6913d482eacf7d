// `dtms accounts`: an account's money, rails, bridges and open work, and what DTMS may do in it.
import { Argument, Command } from 'commander';
import { AccountRisk, MarginMode, Rail, TradingState } from '../../gen/ts/dtms/v1/account_service.js';
import type { DtmsClient } from '../client/index.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, serverOption, withClient } from './options.js';
import { factsText, jsonText, numberText, print, tableText, timeText } from './output.js';

interface Common {
  readonly server: string;
  readonly json: boolean;
}

interface SetOptions extends Common {
  readonly by: string;
  readonly reason: string;
}

/** Accounts asked for at a time. */
const PAGE = 1000;

const TRADING_STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;

const EXAMPLES = `
Examples:
  $ dtms accounts list
  $ dtms accounts show demo
  $ dtms accounts set-state demo HALTED --by ann --reason "the broker has trouble"
  $ dtms accounts set-state demo ACTIVE --by ann --reason "it is over"

ACTIVE allows everything and lifts tripped rails; REDUCING only what reduces risk; HALTED nothing.`;

export function accountsCommand(): Command {
  return new Command('accounts')
    .description("show accounts' risk, and limit, stop or free one")
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(setStateCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function listCommand(): Command {
  return new Command('list')
    .description('every account in short')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, json }: Common) =>
      withClient(server, async (client) => {
        const accounts: AccountRisk[] = [];
        for await (const risk of everyAccount(client)) accounts.push(risk);
        if (json) {
          for (const risk of accounts) print(jsonText(AccountRisk.toJSON(risk)));
          return;
        }
        const head = [
          'account',
          'trading',
          'equity',
          'active trades',
          'open risk',
          'open actions',
          'bridges',
        ];
        print(tableText(head, accounts.map(accountRow)));
      }),
    );
}

async function* everyAccount(client: DtmsClient): AsyncGenerator<AccountRisk> {
  let pageToken = '';
  do {
    const page = await client.listAccounts({ pageSize: PAGE, pageToken });
    yield* page.accounts;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

function accountRow(risk: AccountRisk): string[] {
  const ready = risk.bridges.filter((bridge) => bridge.ready).length;
  return [
    risk.account,
    TradingState[risk.tradingState],
    risk.equity === undefined ? 'not reported' : risk.equity.toFixed(2),
    String(risk.activeTrades),
    numberText(risk.openRisk, 2),
    openText(risk.openActions),
    `${ready} of ${risk.bridges.length} ready`,
  ];
}

function showCommand(): Command {
  return new Command('show')
    .description('money, rails, trading state, bridges and open work')
    .argument('<account>', 'the account')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, options: Common) =>
      withClient(options.server, async (client) => {
        const { risk } = await client.getRisk({ account });
        show(risk, options);
      }),
    );
}

function setStateCommand(): Command {
  return new Command('set-state')
    .description('say what DTMS may do in the account')
    .argument('<account>', 'the account')
    .addArgument(new Argument('<state>', 'the state').choices([...TRADING_STATES]))
    .requiredOption('--by <name>', 'who sets it')
    .requiredOption('--reason <text>', 'why')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, state: (typeof TRADING_STATES)[number], options: SetOptions) =>
      withClient(options.server, async (client) => {
        const { by, reason } = options;
        const { risk } = await client.setTradingState({ account, state: TradingState[state], by, reason });
        show(risk, options);
      }),
    );
}

function show(risk: AccountRisk | undefined, { json }: Common): void {
  if (risk === undefined) return;
  if (json) {
    print(jsonText(AccountRisk.toJSON(risk)));
    return;
  }
  const facts: [string, string][] = [
    ['account', risk.account],
    ['terms', `${MarginMode[risk.marginMode]}${risk.fifo ? ', first in, first out' : ''}`],
    ['trading', TradingState[risk.tradingState]],
    ['set by', personText(risk)],
    ['equity', moneyText(risk.equity, risk.reportedAt)],
    ['balance', moneyText(risk.balance, risk.reportedAt)],
    ['active trades', String(risk.activeTrades)],
    ['open risk', numberText(risk.openRisk, 2)],
    ['open actions', openText(risk.openActions)],
    ['reconciled', risk.reconciledAt === undefined ? 'never' : timeText(risk.reconciledAt)],
  ];
  print(factsText(facts));
  print(tableText(['rail', 'stands at', 'trips at', 'tripped', 'holds until'], risk.rails.map(railRow)));
  if (risk.bridges.length === 0) {
    print('no bridge has reported the account');
    return;
  }
  const rows = risk.bridges.map(({ bridgeId, seenAt, ready, obstacle }) => [
    bridgeId,
    timeText(seenAt),
    ready ? 'gets work' : `gets no work: ${obstacle}`,
  ]);
  print(tableText(['bridge', 'last seen', ''], rows));
}

function personText({ personState, person, personReason }: AccountRisk): string {
  if (person === '' && personReason === '' && personState !== TradingState.HALTED) return '';
  return `${person || 'a person'}: ${TradingState[personState]} ${personReason}`.trim();
}

function moneyText(money: number | undefined, at: Date | undefined): string {
  return money === undefined ? 'not reported' : `${money.toFixed(2)} at ${timeText(at)}`;
}

function openText(openActions: AccountRisk['openActions']): string {
  const counts = Object.entries(openActions).map(([status, count]) => `${status} ${count}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

function railRow({ rail, value, limit, trippedAt, holdsUntil }: AccountRisk['rails'][number]): string[] {
  const text = (amount: number) =>
    rail === Rail.STOP_STREAK ? `${amount} stops` : `${(amount * 100).toFixed(2)}%`;
  return [Rail[rail], text(value), text(limit), timeText(trippedAt), timeText(holdsUntil)];
}
