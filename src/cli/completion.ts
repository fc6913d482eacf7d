// Owns `dtms completion`: prints the script by which a shell completes dtms's commands, options and their choices.
import { Argument, Command } from 'commander';
import { type CompletedShell, completionScript, SHELLS } from './completion/scripts.js';
import { completionTree } from './completion/tree.js';
import { EXIT_HELP } from './exit.js';
import { streams } from './streams.js';

const EXAMPLES = `
To have it in each new shell:
  bash        echo 'eval "$(dtms completion bash)"' >> ~/.bashrc
  zsh         dtms completion zsh > "\${fpath[1]}/_dtms"   (or, behind compinit in ~/.zshrc: eval "$(dtms completion zsh)")
  fish        dtms completion fish > ~/.config/fish/completions/dtms.fish
  PowerShell  dtms completion powershell >> $PROFILE

It is of this version: print it again after an update.`;

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('print the script by which a shell completes dtms')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .addHelpText('after', EXAMPLES + EXIT_HELP);
  return command.action((shell: CompletedShell) => {
    streams().stdout.write(completionScript(shell, completionTree(command.parent ?? command)));
  });
}
