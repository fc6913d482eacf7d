// Owns `dtms servers`: which servers run on the database of a server, and which of them leads.
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { Server, ServerRole } from '../../gen/ts/dtms/v1/system_service.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, serverOption, withClient } from './options.js';
import { jsonText, print, spanText, tableText, timeText } from './output.js';

interface Options {
  readonly server: string;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  $ dtms servers
  $ dtms servers rotate-secret --by ann
  $ dtms servers --json | jq -r 'select(.role == "SERVER_ROLE_LEADER").serverId'

Any of them serves every call. One that is silent is gone, or cut off from the database.`;

/** Servers give a sign every second. */
const SILENT_MS = 5_000;

interface RotateOptions {
  readonly server: string;
  readonly by: string;
}

function rotateCommand(): Command {
  return new Command('rotate-secret')
    .description('make a new secret by which the servers know each other; both count for a while')
    .option('--by <name>', 'who decided, for the audit', userInfo().username)
    .addOption(serverOption())
    .addHelpText('after', EXIT_HELP)
    .action(({ server, by }: RotateOptions) =>
      withClient(server, async (client) => {
        const { serial, overlapMs, wasRotating } = await client.rotateClusterSecret({ by });
        const made = wasRotating ? 'a rotation is under way' : 'made';
        print(`${made}: secret ${serial}; the one before counts for ${spanText(Number(overlapMs))}`);
      }),
    );
}

export function serversCommand(): Command {
  return new Command('servers')
    .addCommand(rotateCommand())
    .description('list the servers on the same database, and which of them leads')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, json }: Options) =>
      withClient(server, async (client) => {
        const { servers, answeredBy } = await client.listServers({});
        if (json) {
          for (const each of servers) print(jsonText(Server.toJSON(each)));
          return;
        }
        const head = ['server', 'role', 'version', 'callers', 'servers', 'started', 'last sign', 'behind'];
        print(
          tableText(
            head,
            servers.map((each) => rowOf(each, answeredBy)),
          ),
        );
      }),
    );
}

function rowOf(server: Server, answeredBy: string): string[] {
  const { serverId, role, version, grpcAddress, peerAddress, startedAt, silentMs, lagRevisions } = server;
  return [
    serverId === answeredBy ? `${serverId} (answers)` : serverId,
    Number(silentMs) > SILENT_MS ? `${ServerRole[role]}, silent` : ServerRole[role],
    version,
    grpcAddress,
    peerAddress,
    timeText(startedAt),
    `${spanText(Number(silentMs))} ago`,
    lagRevisions === 0n ? '' : `${lagRevisions} events`,
  ];
}
