// Owns `dtms leader`: handing the lead over to another server in order, before a machine is taken down or updated.
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { EXIT_HELP } from './exit.js';
import { serverOption, withClient } from './options.js';
import { print } from './output.js';

interface MoveOptions {
  readonly server: string;
  readonly to?: string;
  readonly by: string;
}

const EXAMPLES = `
Examples:
  $ dtms leader move
  $ dtms leader move --to trade-2-5f0c9a21 --by ann

What was begun is written first; calls wait until the next server leads. dtms servers lists the servers.`;

export function leaderCommand(): Command {
  return new Command('leader').description('hand the lead over to another server').addCommand(
    new Command('move')
      .description('hand the lead over in order')
      .option('--to <server>', 'to this server; by default to whoever is first')
      .option('--by <name>', 'who decided, for the audit', userInfo().username)
      .addOption(serverOption())
      .addHelpText('after', EXAMPLES + EXIT_HELP)
      .action(({ server, to, by }: MoveOptions) =>
        withClient(server, async (client) => {
          const { leaderServerId, tookMs } = await client.moveLeader({ serverId: to ?? '', by });
          print(`${leaderServerId} leads, after ${tookMs} ms`);
        }),
      ),
  );
}
