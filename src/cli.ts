#!/usr/bin/env node
// The `dtms` program: parses arguments, nothing else; each command is a file in cli/.
import { Command, CommanderError } from 'commander';
import { accountsCommand } from './cli/accounts.js';
import { actionsCommand } from './cli/actions.js';
import { demoCommand } from './cli/demo.js';
import { doctorCommand } from './cli/doctor.js';
import { EXIT, EXIT_HELP, exitCodeOf, messageOf } from './cli/exit.js';
import { keysCommand } from './cli/keys.js';
import { endOnClosedOutput, remark } from './cli/output.js';
import { paperCommand } from './cli/paper.js';
import { replayCommand } from './cli/replay.js';
import { serveCommand } from './cli/serve.js';
import { tradesCommand } from './cli/trades.js';
import { watchCommand } from './cli/watch.js';
import { packageVersion } from './package-files.js';

const program = new Command('dtms')
  .description('Watches open trades and defends them.')
  .version(packageVersion())
  .addHelpText('after', EXIT_HELP)
  .addCommand(serveCommand())
  .addCommand(tradesCommand())
  .addCommand(actionsCommand())
  .addCommand(accountsCommand())
  .addCommand(watchCommand())
  .addCommand(paperCommand())
  .addCommand(replayCommand())
  .addCommand(keysCommand())
  .addCommand(doctorCommand())
  .addCommand(demoCommand());

for (const command of [
  program,
  ...program.commands,
  ...program.commands.flatMap((inner) => inner.commands),
]) {
  command.exitOverride().showHelpAfterError('(add --help for the options)');
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
