// Owns `dtms actions`: what DTMS decided for the broker and what became of it; a person settles what is in
// doubt and tries dead letters again.

import { Argument, Command, InvalidArgumentError } from 'commander';
import { ListedAction, ReleaseHeldResponse, Resolution } from '../../gen/ts/dtms/v1/action_service.js';
import { Action, ActionOutcome, ActionStatus, ActionType } from '../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../client/client.js';
import { tradeOfAction } from '../domain/trade/action-id.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import {
  collect,
  jsonOption,
  parseNotNegative,
  parsePositive,
  parseTicket,
  serverOption,
  withClient,
} from './options.js';
import { factsText, jsonText, print, timeText } from './output.js';
import { allOption, type ListLimits, limitOption, readList } from './pages.js';

const STATUSES = Object.keys(ActionStatus).filter(
  (name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED',
);
const RESOLUTIONS = {
  done: Resolution.DONE,
  retry: Resolution.RETRY,
  'give-up': Resolution.GIVE_UP,
} as const;

interface Common {
  readonly server: string;
  readonly json: boolean;
}

interface ListOptions extends ListForm, ListLimits {
  readonly server: string;
  readonly account: string;
  readonly ticket?: bigint;
  readonly status: string[];
}

interface ByHand extends Common {
  readonly by: string;
  readonly reason: string;
}

interface ReleaseOptions extends ByHand {
  readonly action: string[];
}

interface ResolveOptions extends ByHand {
  readonly price?: number;
  readonly volume?: number;
  readonly stopLoss?: number;
  readonly openedTicket?: bigint;
  readonly dealTicket?: bigint;
}

const EXAMPLES = `
Examples:
  $ dtms actions list --account demo --status PENDING,IN_DOUBT
  $ dtms actions show demo:42:7:PARTIAL_CLOSE
  $ dtms actions resolve demo:42:7:PARTIAL_CLOSE done --volume 0.25 --price 2644.1 --by ann --reason "seen in the terminal"
  $ dtms actions resolve demo:42:7:PARTIAL_CLOSE retry --by ann --reason "not in the terminal"
  $ dtms actions replay demo:42:5:TIGHTEN_SL --by ann --reason "the broker's limit was lifted"
  $ dtms actions release demo --by ann --reason "the fall is real"`;

export function actionsCommand(): Command {
  return new Command('actions')
    .description('list, show, resolve, replay and release actions')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(resolveCommand())
    .addCommand(replayCommand())
    .addCommand(releaseCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function listCommand(): Command {
  return withListForm(new Command('list'))
    .description('list actions in the order they were planned, ended ones included')
    .option('--account <name>', 'only this account', '')
    .option('--ticket <ticket>', 'only this trade', parseTicket)
    .option('--status <status>', `only this status (${STATUSES.join(', ')}); may be repeated`, collect, [])
    .addOption(limitOption())
    .addOption(allOption())
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const { account, ticket = 0n } = options;
  const filter = { account, ticket, statuses: statusesNamed(options.status) };
  const found = await withClient(options.server, (client) =>
    readList(options, async (pageSize, pageToken) => {
      const { actions: items, nextPageToken } = await client.listActions({ ...filter, pageSize, pageToken });
      return { items, nextPageToken };
    }),
  );
  const head = ['planned', 'action', 'what', 'status', 'attempts', 'broker', 'reason'];
  printList(options, found, { head, row, json: ListedAction.toJSON });
}

/** Statuses by name; unknown names are wrong usage. */
function statusesNamed(names: readonly string[]): ActionStatus[] {
  return names.map((name) => {
    const found = STATUSES.find((status) => status === name.toUpperCase());
    if (found === undefined) {
      throw new CommandError(`--status: "${name}" is not one of ${STATUSES.join(', ')}`, EXIT.usage);
    }
    return ActionStatus[found as keyof typeof ActionStatus];
  });
}

function row({ action }: ListedAction): string[] {
  if (action === undefined) return [];
  const { plannedAt, actionId, status, attempts, reason } = action;
  return [
    timeText(plannedAt),
    actionId,
    asked(action),
    ActionStatus[status],
    String(attempts),
    answered(action),
    reason,
  ];
}

/** What was decided, such as "stop 2643.2" or "close 0.25". */
function asked({ type, volume, stopLoss, reduceOnly }: Action): string {
  const parts = [
    volume === undefined ? '' : `${reduceOnly ? 'close' : 'open'} ${volume}`,
    stopLoss === undefined ? '' : `stop ${stopLoss}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? ActionType[type] : parts.join(', ');
}

/** What the broker answered, such as "10009 DONE 0.25 at 2644.1". */
function answered({ result }: Action): string {
  if (result === undefined) return '';
  const { code, outcome, volume, price } = result;
  const filled = price === undefined ? '' : `${volume ?? ''} at ${price}`;
  return [code === 0 ? '' : code, ActionOutcome[outcome], filled].filter((part) => part !== '').join(' ');
}

function showCommand(): Command {
  return new Command('show')
    .description('one action from its plan to its end')
    .addArgument(actionArgument())
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((actionId: string, options: Common) =>
      withClient(options.server, async (client) => {
        const found = await find(client, actionId);
        if (options.json) print(jsonText(ListedAction.toJSON(found)));
        else showAction(found.action);
      }),
    );
}

async function find(client: DtmsClient, actionId: string): Promise<ListedAction> {
  const trade = tradeOfAction(actionId) ?? { account: '', ticket: 0n };
  const actions = await readList({ limit: 0, all: true }, async (pageSize, pageToken) => {
    const { actions: items, nextPageToken } = await client.listActions({ ...trade, pageSize, pageToken });
    return { items, nextPageToken };
  });
  const found = actions.find(({ action }) => action?.actionId === actionId);
  if (found === undefined) throw new CommandError(`there is no action ${actionId}`);
  return found;
}

function showAction(action: Action | undefined): void {
  if (action === undefined) return;
  const { result, lease } = action;
  const facts: [string, string][] = [
    ['action', action.actionId],
    ['what', `${ActionType[action.type]}: ${asked(action)}`],
    ['planned', `${timeText(action.plannedAt)} ${action.note}`.trim()],
    ['status', `${ActionStatus[action.status]} ${action.reason}`.trim()],
    ['ordered by', action.orderedBy],
    ['attempts', String(action.attempts)],
    ['not before', timeText(action.notBefore)],
    [
      'lease',
      lease === undefined ? '' : `${lease.token} of ${lease.bridgeId} until ${timeText(lease.endsAt)}`,
    ],
    ['begun', timeText(action.begunAt)],
    ['settle by', timeText(action.settleBy)],
    ['broker', `${answered(action)} ${result?.message ?? ''}`.trim()],
    ['stop in force', result?.stopLoss === undefined ? '' : String(result.stopLoss)],
    ['opened', result === undefined || result.openedTicket === 0n ? '' : String(result.openedTicket)],
    ['deal', result === undefined || result.dealTicket === 0n ? '' : String(result.dealTicket)],
  ];
  print(factsText(facts));
}

function resolveCommand(): Command {
  return new Command('resolve')
    .description('settle an action that is IN_DOUBT, or give up one that no bridge holds')
    .addArgument(actionArgument())
    .addArgument(
      new Argument('<how>', 'done: the broker executed it; retry: it did not; give-up: end it').choices(
        Object.keys(RESOLUTIONS),
      ),
    )
    .requiredOption('--by <name>', 'who settles it')
    .requiredOption('--reason <text>', 'why')
    .option('--price <price>', 'the fill price; with done', parsePositive)
    .option('--volume <lots>', 'the filled volume, by default all of it; with done', parseNotNegative)
    .option(
      '--stop-loss <price>',
      'the stop in force, by default the one asked for; with done',
      parsePositive,
    )
    .option('--opened-ticket <ticket>', 'the position the order opened; with done', parseTicket)
    .option('--deal-ticket <ticket>', "the broker's deal; with done", parseTicket)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(resolve);
}

async function resolve(
  actionId: string,
  how: keyof typeof RESOLUTIONS,
  options: ResolveOptions,
): Promise<void> {
  const { price, volume, stopLoss, openedTicket, dealTicket, by, reason } = options;
  const told = { price, volume, stopLoss, openedTicket, dealTicket };
  const isTold = Object.values(told).some((value) => value !== undefined);
  if (isTold && how !== 'done') {
    throw new CommandError('what the broker did can only be given with done', EXIT.usage);
  }
  await withClient(options.server, async (client) => {
    const { action } = await client.resolveAction({
      actionId,
      resolution: RESOLUTIONS[how],
      result: isTold ? told : undefined,
      by,
      reason,
    });
    show(action, options);
  });
}

function replayCommand(): Command {
  return new Command('replay')
    .description('put a DEAD or REJECTED action back to PENDING')
    .addArgument(actionArgument())
    .requiredOption('--by <name>', 'who wants it')
    .requiredOption('--reason <text>', 'why')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((actionId: string, options: ByHand) =>
      withClient(options.server, async (client) => {
        const { by, reason } = options;
        const { action } = await client.replayAction({ actionId, by, reason });
        show(action, options);
      }),
    );
}

function releaseCommand(): Command {
  return new Command('release')
    .description('let what is HELD of an account go on')
    .argument('<account>', 'the account')
    .option('--action <action>', 'only this one; may be repeated', collect, [])
    .requiredOption('--by <name>', 'who decides it')
    .requiredOption('--reason <text>', 'why')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, options: ReleaseOptions) =>
      withClient(options.server, async (client) => {
        const { by, reason, action: actionIds, json } = options;
        const released = await client.releaseHeld({ account, actionIds, by, reason });
        if (json) print(jsonText(ReleaseHeldResponse.toJSON(released)));
        else print(released.actionIds.length === 0 ? 'nothing was held' : released.actionIds.join('\n'));
      }),
    );
}

function show(action: Action | undefined, { json }: Common): void {
  if (json) print(jsonText(action && Action.toJSON(action)));
  else showAction(action);
}

function actionArgument(): Argument {
  return new Argument('<action>', 'its id, such as demo:42:7:PARTIAL_CLOSE').argParser((text: string) => {
    if (tradeOfAction(text) !== null) return text;
    throw new InvalidArgumentError('must be account:ticket:version:TYPE.');
  });
}
