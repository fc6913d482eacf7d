// Owns `dtms accounts`: an account's money, rails, bridges and open work, and what DTMS may do in it.

import { Argument, Command, Option } from 'commander';
import {
  AccountKind,
  AccountMode,
  AccountRisk,
  MarginMode,
  Rail,
  RailAction,
  TradingState,
  UndefendedReason,
} from '../../gen/ts/dtms/v1/account_service.js';
import { Direction } from '../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../client/index.js';
import { TRADING_STATES } from '../domain/account/account-rules.js';
import { ACCOUNT_KINDS } from '../domain/account/bridges.js';
import { RAIL_ACTIONS } from '../domain/account/rails.js';
import { fixed } from '../domain/number-text.js';
import { eraseCommand } from './erase.js';
import { EXIT_HELP } from './exit.js';
import { exposureCommand } from './exposure.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { jsonOption, parseNotNegative, parseShare, parseWhole, serverOption, withClient } from './options.js';
import { factsText, jsonText, numberText, print, tableText, timeText } from './output.js';

interface Common {
  readonly server: string;
  readonly json: boolean;
}

interface SetOptions extends Common {
  readonly by: string;
  readonly reason: string;
  /** Also an account of which nothing is known yet. */
  readonly new?: boolean;
}

/** A decision about an account: of one that is known, unless it is said to be new. */
const decision = (name: string): Command =>
  new Command(name)
    .argument('<account>', 'the account')
    .option(
      '--new',
      'also an account of which nothing is known yet; else a name that nobody knows is refused',
    )
    .requiredOption('--reason <text>', 'why')
    .addOption(serverOption())
    .addOption(jsonOption());

const decided = ({ by, reason, new: allowNew = false }: SetOptions) => ({ by, reason, allowNew });

interface CapsOptions extends SetOptions {
  readonly volume?: number;
  readonly notional?: number;
  readonly perMinute?: number;
}

interface RailOptions extends SetOptions {
  readonly dailyLoss?: number;
  readonly hourlyLoss?: number;
  readonly stopStreak?: number;
  readonly dailyProfit?: number;
  readonly onTrip?: (typeof RAIL_ACTIONS)[number];
}

/** Accounts asked for at a time. */
const PAGE = 1000;

const EXAMPLES = `
Examples:
  $ dtms accounts list
  $ dtms accounts show demo
  $ dtms accounts exposure demo
  $ dtms accounts set-state demo HALTED --by ann --reason "broker outage"
  $ dtms accounts set-state demo ACTIVE --by ann --reason "broker is back"
  $ dtms accounts set-caps demo --volume 5 --per-minute 60 --by ann --reason "limits of the mandate"
  $ dtms accounts set-rails demo --daily-loss 0.03 --daily-profit 0.05 --on-trip flatten --by ann --reason "its mandate"
  $ dtms accounts enforce demo --by ann --reason "watched for a week"
  $ dtms accounts observe demo --by ann --reason "a look first"
  $ dtms accounts set-kind demo PAPER --by ann --reason "its bridge was of an old version"

ACTIVE allows everything and lifts tripped rails; REDUCING only what reduces risk: stops, closes, and hedges that need no
margin; HALTED nothing. In production (rules.actions.newAccounts) an account that a broker's bridge reports for the first time is only observed: DTMS decides and records, and
sends nothing until it is told to enforce.`;

export function accountsCommand(): Command {
  return new Command('accounts')
    .description('list and show accounts, and set their trading state')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(exposureCommand())
    .addCommand(setStateCommand())
    .addCommand(setRailsCommand())
    .addCommand(setCapsCommand())
    .addCommand(setKindCommand())
    .addCommand(modeCommand('enforce', AccountMode.ENFORCE, 'let DTMS act in the account'))
    .addCommand(modeCommand('observe', AccountMode.OBSERVE, 'decide and record only: nothing is sent'))
    .addCommand(eraseCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function listCommand(): Command {
  return withListForm(new Command('list'))
    .description('list all accounts')
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, output }: Common & ListForm) =>
      withClient(server, async (client) => {
        const accounts: AccountRisk[] = [];
        for await (const risk of everyAccount(client)) accounts.push(risk);
        const head = [
          'account',
          'mode',
          'trading',
          'equity',
          'active trades',
          'open risk',
          'open actions',
          'undefended',
          'bridges',
        ];
        printList({ output }, accounts, { head, row: accountRow, json: AccountRisk.toJSON });
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
    modeText(risk),
    TradingState[risk.tradingState],
    risk.equity === undefined ? 'not reported' : fixed(risk.equity, 2),
    String(risk.activeTrades),
    openRiskText(risk),
    openText(risk.openActions),
    String(risk.undefendedCount),
    `${ready} of ${risk.bridges.length} ready`,
  ];
}

/** Such as "120.50 USD, 2 not known": what is not known is no 0. */
function openRiskText({ openRisk, openRiskUnknown, activeTrades, currency }: AccountRisk): string {
  const isNone = openRiskUnknown > 0 && openRiskUnknown >= activeTrades;
  const sum = isNone ? '' : `${numberText(openRisk, 2)} ${currency}`.trim();
  const left = openRiskUnknown === 0 ? '' : `${openRiskUnknown} not known`;
  return [sum, left].filter((text) => text !== '').join(', ');
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
  return decision('set-state')
    .description('set what DTMS may do in the account')
    .addArgument(new Argument('<state>', 'the state').choices([...TRADING_STATES]))
    .requiredOption('--by <name>', 'who sets it')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, state: (typeof TRADING_STATES)[number], options: SetOptions) =>
      withClient(options.server, async (client) => {
        const told = { account, state: TradingState[state], ...decided(options) };
        const { risk } = await client.setTradingState(told);
        show(risk, options);
      }),
    );
}

function setRailsCommand(): Command {
  return decision('set-rails')
    .description('set the rails of the account; what is not given is as configured')
    .option('--daily-loss <share>', 'what may be lost in a day: 0.02 is 2%', parseShare)
    .option('--hourly-loss <share>', 'what may be lost in an hour', parseShare)
    .option('--stop-streak <stops>', 'how many stops in a row', parseWhole)
    .option(
      '--daily-profit <share>',
      'what is enough to have earned in a day; 0 is no target',
      parseNotNegative,
    )
    .addOption(new Option('--on-trip <action>', 'what a rail does that trips').choices([...RAIL_ACTIONS]))
    .requiredOption('--by <name>', 'who sets them')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, options: RailOptions) =>
      withClient(options.server, async (client) => {
        const { dailyLoss, hourlyLoss, stopStreak, dailyProfit, onTrip } = options;
        const limits = { dailyLoss, hourlyLoss, stopStreak, dailyProfit };
        const action = ON_TRIP[onTrip ?? 'as configured'];
        show(
          (await client.setRails({ account, ...limits, onTrip: action, ...decided(options) })).risk,
          options,
        );
      }),
    );
}

const ON_TRIP = {
  'as configured': RailAction.UNSPECIFIED,
  reduce: RailAction.REDUCE,
  flatten: RailAction.FLATTEN,
  halt: RailAction.HALT,
} as const;

function setCapsCommand(): Command {
  return decision('set-caps')
    .description("bound the account's orders; what is beyond a cap is held")
    .option('--volume <lots>', 'the largest order that opens a position; 0 lifts the cap', parseNotNegative)
    .option(
      '--notional <money>',
      "the same in the symbol's quote currency; 0 lifts the cap",
      parseNotNegative,
    )
    .option('--per-minute <orders>', 'the most orders within a minute; 0 lifts the cap', parseWhole)
    .requiredOption('--by <name>', 'who sets them')
    .addHelpText('after', `${EXAMPLES}\n\nWhat is not given stays as it is.${EXIT_HELP}`)
    .action((account: string, options: CapsOptions) =>
      withClient(options.server, async (client) => {
        const { volume, notional, perMinute: ordersPerMinute } = options;
        const told = { account, volume, notional, ordersPerMinute, ...decided(options) };
        show((await client.setOrderCaps(told)).risk, options);
      }),
    );
}

function setKindCommand(): Command {
  return decision('set-kind')
    .description('say whose money the account holds, where its bridges told it wrong')
    .addArgument(new Argument('<kind>', "a broker's, or a simulation's").choices([...ACCOUNT_KINDS]))
    .requiredOption('--by <name>', 'who says so')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, kind: (typeof ACCOUNT_KINDS)[number], options: SetOptions) =>
      withClient(options.server, async (client) => {
        const told = { account, kind: AccountKind[kind], ...decided(options) };
        show((await client.setAccountKind(told)).risk, options);
      }),
    );
}

function modeCommand(name: string, mode: AccountMode, description: string): Command {
  return decision(name)
    .description(description)
    .option('--by <name>', 'who says so; the name of the key by default')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, options: SetOptions) =>
      withClient(options.server, async (client) => {
        show((await client.setAccountMode({ account, mode, ...decided(options) })).risk, options);
      }),
    );
}

/** In capitals where nobody defends the account. */
function modeText({ mode }: AccountRisk): string {
  return mode === AccountMode.OBSERVE ? 'ONLY OBSERVED' : 'enforce';
}

function show(risk: AccountRisk | undefined, { json }: Common): void {
  if (risk === undefined) return;
  if (json) {
    print(jsonText(AccountRisk.toJSON(risk)));
    return;
  }
  const facts: [string, string][] = [
    ['account', risk.account],
    ['kind', risk.kind === AccountKind.UNSPECIFIED ? 'not reported' : AccountKind[risk.kind]],
    ['terms', `${MarginMode[risk.marginMode]}${risk.fifo ? ', first in, first out' : ''}`],
    ['mode', [modeText(risk), risk.modeReason].filter((part) => part !== '').join(': ')],
    ['trading', TradingState[risk.tradingState]],
    ['set by', personText(risk)],
    ['order caps', capsText(risk.orderCaps)],
    ['equity', moneyText(risk.equity, risk.reportedAt)],
    ['balance', moneyText(risk.balance, risk.reportedAt)],
    ['when a rail trips', onTripText(risk)],
    ['payments', risk.operationsTold ? 'told by the bridge' : 'inferred: no bridge tells them'],
    ['payments that did not count', unprovenText(risk)],
    ['active trades', String(risk.activeTrades)],
    ['open risk', openRiskText(risk)],
    ['open actions', openText(risk.openActions)],
    ['unshown actions', String(risk.unshownActions)],
    ['positions nobody defends', String(risk.undefendedCount)],
    ['reconciled', risk.reconciledAt === undefined ? 'never' : timeText(risk.reconciledAt)],
  ];
  print(factsText(facts));
  print(
    tableText(
      ['rail', 'stands at', 'trips at', 'tripped', 'holds until'],
      risk.rails.map((rail) => railRow(rail, risk)),
    ),
  );
  showUndefended(risk);
  if (risk.bridges.length === 0) {
    print('no bridge has reported this account');
    return;
  }
  const rows = risk.bridges.map(({ bridgeId, seenAt, ready, obstacle }) => [
    bridgeId,
    timeText(seenAt),
    ready ? 'leases actions' : `leases nothing: ${obstacle}`,
  ]);
  print(tableText(['bridge', 'last seen', ''], rows));
}

function showUndefended({ undefendedCount, undefendedPositions }: AccountRisk): void {
  if (undefendedCount === 0) return;
  const rows = undefendedPositions.map(({ identifier, symbol, direction, volume, reason, note }) => [
    identifier === 0n ? 'unknown' : String(identifier),
    symbol,
    direction === Direction.UNSPECIFIED ? 'unknown' : Direction[direction],
    numberText(volume, 2),
    UndefendedReason[reason],
    note,
  ]);
  print(tableText(['nobody defends', 'symbol', 'direction', 'lots', 'reason', 'why'], rows));
  if (undefendedCount > rows.length) print(`and ${undefendedCount - rows.length} more`);
}

function unprovenText({ unprovenAt, unprovenPayments }: AccountRisk): string {
  if (unprovenAt === undefined) return 'none';
  return `${fixed(unprovenPayments, 2)} at ${timeText(unprovenAt)}: told, and never in the balance`;
}

function onTripText({ onTrip, onTripObstacle }: AccountRisk): string {
  const does = RailAction[onTrip].toLowerCase();
  return onTripObstacle === '' ? does : `${does}, but now only reduce: ${onTripObstacle}`;
}

function personText({ personState, person, personReason }: AccountRisk): string {
  if (person === '' && personReason === '' && personState !== TradingState.HALTED) return '';
  return `${person || 'a person'}: ${TradingState[personState]} ${personReason}`.trim();
}

function capsText(caps: AccountRisk['orderCaps']): string {
  const { volume, notional, ordersPerMinute } = caps ?? {};
  const texts = [
    volume === undefined ? [] : `${numberText(volume, 2)} lots`,
    notional === undefined ? [] : `notional ${numberText(notional, 2)}`,
    ordersPerMinute === undefined ? [] : `${ordersPerMinute} a minute`,
  ].flat();
  return texts.length === 0 ? 'none' : texts.join(', ');
}

function moneyText(money: number | undefined, at: Date | undefined): string {
  return money === undefined ? 'not reported' : `${fixed(money, 2)} at ${timeText(at)}`;
}

function openText(openActions: AccountRisk['openActions']): string {
  const counts = Object.entries(openActions).map(([status, count]) => `${status} ${count}`);
  return counts.length === 0 ? 'none' : counts.join(', ');
}

function railRow(
  { rail, value, limit, trippedAt, holdsUntil }: AccountRisk['rails'][number],
  { equity }: AccountRisk,
): string[] {
  const share = (amount: number) => `${fixed(amount * 100, 2)}%`;
  const text = rail === Rail.STOP_STREAK ? (amount: number) => `${amount} stops` : share;
  // The other way from what the rail counts: a gain under a loss, a loss under a target.
  const otherWay = rail === Rail.DAILY_PROFIT ? 'lost' : 'gained';
  // A share of an equity that nobody reported is not known, and no zero.
  const unknown = equity === undefined && rail !== Rail.STOP_STREAK;
  const stands = unknown ? 'not reported' : value < 0 ? `${share(-value)} ${otherWay}` : text(value);
  return [Rail[rail], stands, text(limit), timeText(trippedAt), timeText(holdsUntil)];
}
