// Owns `dtms notify`: what somebody was told and how it got there, a dead letter sent again, and a test of the channels.
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { Delivery, DeliveryStatus } from '../../gen/ts/dtms/v1/notice_service.js';
import { CommandError, EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { jsonOption, parseTicket, serverOption, withClient } from './options.js';
import { jsonText, print, tableText, timeText } from './output.js';
import { allOption, type ListLimits, limitOption, readList } from './pages.js';

interface Common {
  readonly server: string;
  readonly json: boolean;
}

const STATUSES = ['pending', 'delivered', 'dead', 'withdrawn'] as const;

const EXAMPLES = `
Examples:
  $ dtms notify test
  $ dtms notify list --status dead
  $ dtms notify retry 42 --by ann

Who is told of what is in the file that notices.plan names: docs/guides/notices.md.`;

export function notifyCommand(): Command {
  return new Command('notify')
    .description('what people are told: test the channels, list deliveries, send dead letters again')
    .addCommand(testCommand())
    .addCommand(listCommand())
    .addCommand(retryCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

const NO_PLAN =
  'this server has no channels to test: name a plan in DTMS_NOTICES_PLAN or notices.plan and restart it, or ask a server that has one by --server';

function testCommand(): Command {
  return new Command('test')
    .description('send a test to a channel of the plan, or to each, and say what came of it')
    .argument('[channel]', 'as the plan names it', '')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXIT_HELP)
    .action((channel: string, { server, json }: Common) =>
      withClient(server, async (client) => {
        const { tests } = await client.testNotice({ channel });
        if (json) for (const each of tests) print(jsonText(each));
        else if (tests.length > 0) {
          const rows = tests.map(({ channel: name, delivered, reason, tookMs }) => [
            name,
            delivered ? `delivered in ${tookMs} ms` : `not delivered: ${reason}`,
          ]);
          print(tableText(['channel', 'what came of it'], rows));
        }
        const failed = tests.filter(({ delivered }) => !delivered).map((each) => each.channel);
        if (tests.length === 0) throw new CommandError(NO_PLAN);
        if (failed.length > 0) throw new CommandError(`not delivered: ${failed.join(', ')}`);
      }),
    );
}

interface ListOptions extends ListForm, ListLimits {
  readonly server: string;
  readonly status: (typeof STATUSES)[number] | undefined;
  readonly channel: string;
}

function listCommand(): Command {
  return withListForm(new Command('list'))
    .description('list messages to receivers, the newest first')
    .addOption(new Option('--status <status>', 'only those that stand so').choices(STATUSES))
    .option('--channel <name>', 'only those to this channel', '')
    .addOption(limitOption(USUAL_COUNT))
    .addOption(allOption())
    .addOption(serverOption())
    .addHelpText('after', EXIT_HELP)
    .action((options: ListOptions) =>
      withClient(options.server, async (client) => {
        const { status, channel } = options;
        const filter = { status: DeliveryStatus[upper(status)], channel };
        const found = await readList(options, async (pageSize, pageToken) => {
          const { deliveries, nextPageToken } = await client.listDeliveries({
            ...filter,
            pageSize,
            pageToken,
          });
          return { items: deliveries, nextPageToken };
        });
        printList(options, found, { head: HEAD, row: rowOf, json: Delivery.toJSON });
      }),
    );
}

/** The newest are what somebody looks for. */
const USUAL_COUNT = 50;

function upper(status: ListOptions['status']): Exclude<keyof typeof DeliveryStatus, 'UNRECOGNIZED'> {
  if (status === undefined) return 'UNSPECIFIED';
  return status.toUpperCase() as Uppercase<typeof status>;
}

const HEAD = ['id', 'due', 'channel', 'status', 'tries', 'what', 'last answer'] as const;

function rowOf({ deliveryId, plannedAt, channel, status, tries, notices, reason }: Delivery): string[] {
  const [first] = notices;
  const more = notices.length > 1 ? ` (and ${notices.length - 1} more)` : '';
  return [
    String(deliveryId),
    timeText(plannedAt),
    channel,
    DeliveryStatus[status],
    String(tries),
    `${first?.kind ?? ''}: ${first?.text ?? ''}${more}`,
    reason,
  ];
}

function retryCommand(): Command {
  return new Command('retry')
    .description('send a dead letter again')
    .argument('<id>', 'its number, as dtms notify list shows it', parseTicket)
    .option('--by <name>', 'who decided, for the audit', userInfo().username)
    .addOption(serverOption())
    .addHelpText('after', EXIT_HELP)
    .action((deliveryId: bigint, { server, by }: Common & { readonly by: string }) =>
      withClient(server, async (client) => {
        await client.retryDelivery({ deliveryId, by });
        print(`${deliveryId} is due now`);
      }),
    );
}
