// Owns `dtms alarms`: what needs a person now, and the command that resolves each.
import { Command } from 'commander';
import { Alarm, AlarmKind, AlarmUrgency } from '../../gen/ts/dtms/v1/system_service.js';
import { EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { serverOption, withClient } from './options.js';
import { print, remark, timeText } from './output.js';

const EXAMPLES = `
Examples:
  $ dtms alarms
  $ dtms alarms --json

An alarm is there exactly as long as its cause.`;

export function alarmsCommand(): Command {
  return withListForm(new Command('alarms'))
    .description('what needs a person now, the most urgent first')
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, output }: { readonly server: string } & ListForm) =>
      withClient(server, async (client) => {
        const { alarms, total } = await client.listAlarms({});
        if (alarms.length === 0 && output === 'table') print('nothing needs you');
        else printList({ output }, alarms, { head: HEAD, row: rowOf, json: Alarm.toJSON });
        const more = Number(total) - alarms.length;
        if (more > 0) remark(`and ${more} more: at most 50 of each kind are listed`);
      }),
    );
}

const HEAD = ['when', 'alarm', 'since', 'what', 'to resolve it'] as const;

function rowOf({ kind, urgency, since, text, command }: Alarm): string[] {
  return [AlarmUrgency[urgency], AlarmKind[kind], timeText(since), text, command];
}
