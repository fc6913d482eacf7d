#!/usr/bin/env node
// Owns the `dtms` program: parses arguments, nothing else; each command is a file in cli/.
import { Command, CommanderError } from 'commander';
import { accountsCommand } from './cli/accounts.js';
import { actionsCommand } from './cli/actions.js';
import { alarmsCommand } from './cli/alarms.js';
import { auditCommand } from './cli/audit.js';
import { backupCommand } from './cli/backup.js';
import { calibrateCommand } from './cli/calibrate.js';
import { closeCommand } from './cli/close.js';
import { completionCommand } from './cli/completion.js';
import { configCommand } from './cli/config.js';
import { demoCommand } from './cli/demo.js';
import { doctorCommand } from './cli/doctor.js';
import { exportCommand, importCommand } from './cli/exchange.js';
import { EXIT, EXIT_HELP, exitCodeOf, messageOf } from './cli/exit.js';
import { feedsCommand } from './cli/feeds.js';
import { flagsCommand } from './cli/flags.js';
import { HELP } from './cli/help.js';
import { keysCommand } from './cli/keys.js';
import { leaderCommand } from './cli/leader.js';
import { notifyCommand } from './cli/notify.js';
import { endOnClosedOutput, remark } from './cli/output.js';
import { paperCommand } from './cli/paper.js';
import { probeCommand } from './cli/probe.js';
import { replayCommand } from './cli/replay.js';
import { markRequired } from './cli/required-options.js';
import { restoreCommand } from './cli/restore.js';
import { rolloutCommand } from './cli/rollout.js';
import { serveCommand } from './cli/serve.js';
import { serversCommand } from './cli/servers.js';
import { shadowCommand } from './cli/shadow.js';
import { logLevelCommand, statusCommand } from './cli/status.js';
import { studyCommand } from './cli/study.js';
import { tradesCommand } from './cli/trades.js';
import { verifyCommand } from './cli/verify.js';
import { watchCommand } from './cli/watch.js';
import { packageVersion } from './package-files.js';

const program = new Command('dtms')
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
  .commandsGroup('Trades, orders and accounts:')
  .addCommand(tradesCommand())
  .addCommand(actionsCommand())
  .addCommand(closeCommand())
  .addCommand(accountsCommand())
  .addCommand(feedsCommand())
  .commandsGroup('Try it on a market:')
  .addCommand(paperCommand())
  .addCommand(replayCommand())
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

for (const command of [
  program,
  ...program.commands,
  ...program.commands.flatMap((inner) => inner.commands),
]) {
  command.exitOverride().showHelpAfterError('(add --help for the options)').configureHelp(HELP);
  markRequired(command);
}

endOnClosedOutput();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what was wrong; help that was asked for is no error.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    remark(`dtms: ${messageOf(error)}`);
    process.exitCode = exitCodeOf(error);
  }
}
