// Owns options that a command cannot do without: marked in its help, and told all at once when they are missing, where
// commander tells the first.
import type { Command } from 'commander';

const TOLD = 'error: required option';

export function markRequired(command: Command): void {
  for (const option of command.options) if (option.mandatory) option.description += ' (required)';
  command.configureOutput({
    outputError: (text, write) => write(text.startsWith(TOLD) ? missingText(command) : text),
  });
}

function missingText(command: Command): string {
  const missing = command.options.filter(
    (option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
  );
  const [options, are] = missing.length === 1 ? ['option', 'is'] : ['options', 'are'];
  return `error: required ${options} ${missing.map(({ flags }) => flags).join(', ')} ${are} missing\n`;
}
