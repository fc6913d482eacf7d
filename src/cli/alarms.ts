// Owns `dtms alarms`: what needs a person now, and the command that resolves each.
import { Command } from 'commander';
import { Alarm, AlarmKind, AlarmUrgency } from '../../gen/ts/dtms/v1/system_service.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, serverOption, withClient } from './options.js';
import { jsonText, print, tableText, timeText } from './output.js';

const EXAMPLES = `
Examples:
  $ dtms alarms
  $ dtms alarms --json

An alarm is there exactly as long as its cause.`;

export function alarmsCommand(): Command {
  return new Command('alarms')
    .description('what needs a person now, the most urgent first')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, json }: { readonly server: string; readonly json: boolean }) =>
      withClient(server, async (client) => {
        const { alarms, total } = await client.listAlarms({});
        if (json) for (const alarm of alarms) print(jsonText(Alarm.toJSON(alarm)));
        else show(alarms, Number(total));
      }),
    );
}

function show(alarms: readonly Alarm[], total: number): void {
  if (alarms.length === 0) {
    print('nothing needs you');
    return;
  }
  const rows = alarms.map(({ kind, urgency, since, text, command }) => [
    AlarmUrgency[urgency],
    AlarmKind[kind],
    timeText(since),
    text,
    command,
  ]);
  print(tableText(['when', 'alarm', 'since', 'what', 'to resolve it'], rows));
  if (total > alarms.length) print(`and ${total - alarms.length} more`);
}
