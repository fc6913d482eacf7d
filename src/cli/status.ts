// Owns `dtms status` and `dtms log-level`: what a server is and does now, and how much it logs.
import { Argument, Command, InvalidArgumentError } from 'commander';
import {
  GetStatusResponse,
  LogLevel,
  ServerRole,
  SetLogLevelResponse,
} from '../../gen/ts/dtms/v1/system_service.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, parseWhole, serverOption, withClient } from './options.js';
import { factsText, jsonText, print, timeText } from './output.js';

interface Common {
  readonly server: string;
  readonly json: boolean;
}

export function statusCommand(): Command {
  return new Command('status')
    .description('what a server is, what it watches, and where its log is')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXIT_HELP)
    .action(({ server, json }: Common) =>
      withClient(server, async (client) => {
        const status = await client.getStatus({});
        print(json ? jsonText(GetStatusResponse.toJSON(status)) : statusText(status));
      }),
    );
}

function statusText(status: GetStatusResponse): string {
  const waiting = Number(status.waitingForData);
  const states = status.tradesByState.map(({ state, trades }) => {
    // A trade without data is healthy by name only.
    const watched = state === TradeState.HEALTHY ? Math.max(0, Number(trades) - waiting) : trades;
    return `${watched} ${TradeState[state]}`;
  });
  return factsText([
    ['version', `${status.version}, Postgres ${status.databaseVersion}`],
    ['role', `${ServerRole[status.role]}, running since ${timeText(status.startedAt)}`],
    ['log', `${status.logEpoch} at revision ${status.headRevision}, from ${status.compactedRevision}`],
    ['active trades', [String(status.activeTrades), ...states].join(', ')],
    ['waiting for data', waiting === 0 ? '0' : `${waiting}: nothing watches them`],
    ['symbols', String(status.marketViews)],
    ['watches', String(status.watchers)],
    ['pending writes', String(status.pendingWrites)],
  ]);
}

const LEVELS = Object.keys(LogLevel).filter((name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED');

interface LevelOptions extends Common {
  readonly for: number;
}

const EXAMPLES = `
Examples:
  $ dtms log-level debug --for 600
  $ dtms log-level info`;

export function logLevelCommand(): Command {
  return new Command('log-level')
    .description('set what a server logs, for a time or until it stops')
    .addArgument(
      new Argument('<level>', `lines of this level and graver ones: ${LEVELS.join(', ')}`).argParser(
        parseLevel,
      ),
    )
    .option('--for <seconds>', 'how long; 0 is until the server stops', parseWhole, 0)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((level: LogLevel, options: LevelOptions) =>
      withClient(options.server, async (client) => {
        const answer = await client.setLogLevel({ level, durationSeconds: options.for });
        if (options.json) return print(jsonText(SetLogLevelResponse.toJSON(answer)));
        const until =
          answer.until === undefined ? 'until the server stops' : `until ${timeText(answer.until)}`;
        print(`${LogLevel[answer.level]} ${until}; before: ${LogLevel[answer.previousLevel]}`);
      }),
    );
}

function parseLevel(text: string): LogLevel {
  const found = LEVELS.find((level) => level === text.toUpperCase());
  if (found === undefined) throw new InvalidArgumentError(`must be one of ${LEVELS.join(', ')}.`);
  return LogLevel[found as keyof typeof LogLevel];
}
