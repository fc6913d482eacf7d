// Owns `dtms servers`: which servers run on the database of a server, and which of them leads.
import { userInfo } from 'node:os';
import { Command } from 'commander';
import {
  Server,
  ServerRole,
  ServerVerdict,
  StateKind,
  VerifiedServer,
  type VerifyServersResponse,
} from '../../gen/ts/dtms/v1/system_service.js';
import { CommandError, EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
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
  $ dtms servers verify
  $ dtms servers --json | jq -r 'select(.role == "SERVER_ROLE_LEADER").serverId'

Any of them serves every call. One that is silent is gone, or cut off from the database.`;

/** Servers give a sign every second. */
const SILENT_MS = 5_000;

interface RotateOptions {
  readonly server: string;
  readonly by: string;
}

/** `servers` has some of its commands' options too, and takes them wherever they stand. */
function optionsOf<T extends object>(command: Command): T {
  return command.optsWithGlobals<T>();
}

function rotateCommand(): Command {
  return new Command('rotate-secret')
    .description('make a new secret by which the servers know each other; both count for a while')
    .option('--by <name>', 'who decided, for the audit', userInfo().username)
    .addOption(serverOption())
    .addHelpText('after', EXIT_HELP)
    .action((_options: RotateOptions, command: Command) => {
      const { server, by } = optionsOf<RotateOptions>(command);
      return withClient(server, async (client) => {
        const { serial, overlapMs, wasRotating } = await client.rotateClusterSecret({ by });
        const made = wasRotating ? 'a rotation is under way' : 'made';
        print(`${made}: secret ${serial}; the one before counts for ${spanText(Number(overlapMs))}`);
      });
    });
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('compare what every other server holds with what the leader has, by hash')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXIT_HELP)
    .action((_options: Options, command: Command) => {
      const { server, json } = optionsOf<Options>(command);
      return withClient(server, async (client) => {
        const verification = await client.verifyServers({});
        if (json) for (const each of verification.servers) print(jsonText(VerifiedServer.toJSON(each)));
        else print(verificationText(verification));
        const odd = verification.servers.filter(({ verdict }) => verdict !== ServerVerdict.SAME);
        if (odd.length > 0)
          throw new CommandError(
            `not the same as the leader: ${odd.map(({ serverId }) => serverId).join(', ')}`,
          );
      });
    });
}

function verificationText({ leaderServerId, servers, leader }: VerifyServersResponse): string {
  const held = leader.map(({ kind, count }) => heldText(Number(count), wordOf(kind))).join(', ');
  const rows = servers.map((each) => [
    each.serverId,
    ServerVerdict[each.verdict],
    each.commit === 0n ? '' : String(each.commit),
    each.commit === 0n ? '' : String(each.revision),
    each.problem === '' ? differencesText(each) : each.problem,
  ]);
  const table = tableText(['server', 'verdict', 'commit', 'revision', 'what differs'], rows);
  const first = `${leaderServerId} leads, and has ${held}`;
  return servers.length === 0 ? `${first}\nThere is no other server.` : `${first}\n${table}`;
}

function differencesText({ differences }: VerifiedServer): string {
  return differences
    .map(({ kind, count, names }) => {
      const more = Number(count) > names.length ? ` and ${Number(count) - names.length} more` : '';
      return `${wordOf(kind)} ${count === 0n ? 'for a moment' : names.join(', ')}${more}`;
    })
    .join('; ');
}

/** Words are plural: "2 trades", "1 trade", "0 news". */
const heldText = (count: number, word: string): string =>
  `${count} ${count === 1 && word !== 'news' ? word.replace(/ies$/, 'ys').replace(/s$/, '') : word}`;

const wordOf = (kind: StateKind): string => String(StateKind[kind]).toLowerCase();

export function serversCommand(): Command {
  return withListForm(new Command('servers'))
    .addCommand(rotateCommand())
    .addCommand(verifyCommand())
    .description('list the servers on the same database, and which of them leads')
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, output }: ListForm & { readonly server: string }) =>
      withClient(server, async (client) => {
        const { servers, answeredBy } = await client.listServers({});
        const head = ['server', 'role', 'version', 'callers', 'servers', 'started', 'last sign', 'behind'];
        const row = (each: Server) => rowOf(each, answeredBy);
        printList({ output }, servers, { head, row, json: Server.toJSON });
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
