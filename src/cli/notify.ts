// Owns `dtms notify`: what somebody was told and how it got there, a dead letter sent again, and a test of the channels.
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import { Delivery, DeliveryStatus } from '../../gen/ts/dtms/v1/notice_service.js';
import { CommandError, EXIT_HELP } from './exit.js';
import { jsonOption, parseTicket, parseWhole, serverOption, withClient } from './options.js';
import { jsonText, print, tableText, timeText } from './output.js';

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
        else {
          const rows = tests.map(({ channel: name, delivered, reason, tookMs }) => [
            name,
            delivered ? `delivered in ${tookMs} ms` : `not delivered: ${reason}`,
          ]);
          print(tableText(['channel', 'what came of it'], rows));
        }
        const failed = tests.filter(({ delivered }) => !delivered).map((each) => each.channel);
        if (tests.length === 0) throw new CommandError('there is no plan of notices, or it has no channel');
        if (failed.length > 0) throw new CommandError(`not delivered: ${failed.join(', ')}`);
      }),
    );
}

interface ListOptions extends Common {
  readonly status: (typeof STATUSES)[number] | undefined;
  readonly channel: string;
  readonly limit: number;
}

function listCommand(): Command {
  return new Command('list')
    .description('list messages to receivers, the newest first')
    .addOption(new Option('--status <status>', 'only those that stand so').choices(STATUSES))
    .option('--channel <name>', 'only those to this channel', '')
    .option('--limit <count>', 'at most so many', parseWhole, 50)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXIT_HELP)
    .action(({ server, json, status, channel, limit }: ListOptions) =>
      withClient(server, async (client) => {
        const { deliveries } = await client.listDeliveries({
          status: DeliveryStatus[upper(status)],
          channel,
          pageSize: Math.min(Math.max(limit, 1), 1000),
        });
        if (json) for (const each of deliveries) print(jsonText(Delivery.toJSON(each)));
        else print(tableText(HEAD, deliveries.map(rowOf)));
      }),
    );
}

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
