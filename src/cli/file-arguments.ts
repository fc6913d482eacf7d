// Owns that a folder named where a file belongs is refused before a command begins: reading it would fail without its name.
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { CommandError } from './exit.js';

/** @throws CommandError that names the option, or the argument, and the folder */
export function refuseFolders(command: Command): void {
  const given = [
    ...command.options.map((option) => [option.flags, command.getOptionValue(option.attributeName())]),
    ...command.registeredArguments.map((argument, at) => [`<${argument.name()}>`, command.processedArgs[at]]),
  ];
  for (const [flags, value] of given)
    if (flags.endsWith('<file>'))
      for (const path of [value].flat())
        if (isFolder(path))
          throw new CommandError(`${flags}: ${path} is a folder, not a file: correct the path`);
}

function isFolder(value: unknown): boolean {
  return typeof value === 'string' && statSync(value, { throwIfNoEntry: false })?.isDirectory() === true;
}
