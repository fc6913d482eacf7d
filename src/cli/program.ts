// Owns the `dtms` program as a call: arguments and streams in, the exit code out. Each command is a file beside it.
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { packageVersion } from '../package-files.js';
import { accountsCommand } from './accounts.js';
import { actionsCommand } from './actions.js';
import { alarmsCommand } from './alarms.js';
import { auditCommand } from './audit.js';
import { backupCommand } from './backup.js';
import { calibrateCommand } from './calibrate.js';
import { closeCommand } from './close.js';
import { completionCommand } from './completion.js';
import { configCommand } from './config.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { effectCommand } from './effect.js';
import { exportCommand, importCommand } from './exchange.js';
import { EXIT, EXIT_HELP, exitCodeOf, messageOf } from './exit.js';
import { feedsCommand } from './feeds.js';
import { refuseFolders } from './file-arguments.js';
import { flagsCommand } from './flags.js';
import { HELP } from './help.js';
import { keysCommand } from './keys.js';
import { leaderCommand } from './leader.js';
import { notifyCommand } from './notify.js';
import { remark } from './output.js';
import { paperCommand } from './paper.js';
import { policiesCommand } from './policies.js';
import { probeCommand } from './probe.js';
import { refuseRepeated } from './repeated-options.js';
import { replayCommand } from './replay.js';
import { replaysCommand } from './replays.js';
import { markRequired } from './required-options.js';
import { restoreCommand } from './restore.js';
import { resultsCommand } from './results.js';
import { rolloutCommand } from './rollout.js';
import { sampleDataCommand } from './sample-data.js';
import { serveCommand } from './serve.js';
import { serversCommand } from './servers.js';
import { shadowCommand } from './shadow.js';
import { logLevelCommand, statusCommand } from './status.js';
import { type Streams, streams, withStreams } from './streams.js';
import { studyCommand } from './study.js';
import { tradesCommand } from './trades.js';
import { verifyCommand } from './verify.js';
import { watchCommand } from './watch.js';

/**
 * Runs the program with these arguments, its name not among them.
 *
 * @param own - where it reads and writes; by default the streams of the process.
 * @returns its exit code.
 */
export function runProgram(args: readonly string[], own: Streams = process): Promise<number> {
  return withStreams(own, async () => {
    try {
      await wholeProgram().parseAsync(args, { from: 'user' });
      return EXIT.ok;
    } catch (error) {
      // Commander has said what was wrong; help that was asked for is no error.
      if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      remark(`dtms: ${messageOf(error)}`);
      return exitCodeOf(error);
    }
  });
}

/** All commands, each with what they share. */
export function wholeProgram(): Command {
  const program = commandTree().hook('preAction', (_program, command) => refuseFolders(command));
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((inner) => inner.commands),
  ]) {
    command
      .exitOverride()
      .showHelpAfterError('(add --help for the options)')
      .configureHelp(HELP)
      .configureOutput(outputOf(streams()));
    markRequired(command);
    refuseRepeated(command);
  }
  return program;
}

/** Commander's own words go where the program's do. */
function outputOf({ stdout, stderr }: Streams): OutputConfiguration {
  return {
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    getOutHelpWidth: () => (stdout.isTTY === true ? (stdout.columns ?? 80) : 80),
    getErrHelpWidth: () => (stderr.isTTY === true ? (stderr.columns ?? 80) : 80),
  };
}

function commandTree(): Command {
  return new Command('dtms')
    .description('Watches open trades and defends them.')
    .version(packageVersion())
    .addHelpText('after', EXIT_HELP)
    .commandsGroup('Run a server:')
    .addCommand(serveCommand())
    .addCommand(demoCommand())
    .addCommand(doctorCommand())
    .addCommand(probeCommand())
    .addCommand(verifyCommand())
    .commandsGroup('See what happens:')
    .addCommand(statusCommand())
    .addCommand(alarmsCommand())
    .addCommand(watchCommand())
    .addCommand(effectCommand())
    .commandsGroup('Trades, orders and accounts:')
    .addCommand(tradesCommand())
    .addCommand(actionsCommand())
    .addCommand(closeCommand())
    .addCommand(accountsCommand())
    .addCommand(resultsCommand())
    .addCommand(feedsCommand())
    .addCommand(policiesCommand())
    .commandsGroup('Try it on a market:')
    .addCommand(sampleDataCommand())
    .addCommand(paperCommand())
    .addCommand(replayCommand())
    .addCommand(replaysCommand())
    .addCommand(studyCommand())
    .addCommand(calibrateCommand())
    .addCommand(shadowCommand())
    .commandsGroup('Operate servers:')
    .addCommand(flagsCommand())
    .addCommand(notifyCommand())
    .addCommand(serversCommand())
    .addCommand(leaderCommand())
    .addCommand(rolloutCommand())
    .addCommand(configCommand())
    .addCommand(logLevelCommand())
    .addCommand(keysCommand())
    .addCommand(auditCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .commandsGroup('Help:')
    .helpCommand('help [command]', 'say how a command is used')
    .addCommand(completionCommand());
}
