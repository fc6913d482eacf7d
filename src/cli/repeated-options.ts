// Owns that an option given twice is refused where it takes one value: commander would take the last one and say nothing.
import type { Command, Option } from 'commander';

export function refuseRepeated(command: Command): void {
  for (const option of command.options) {
    if (isSwitch(option) || collects(option)) continue;
    let given = 0;
    command.on(`option:${option.name()}`, () => {
      given += 1;
      if (given > 1) command.error(`error: option '${option.flags}' takes one value and was given twice`);
    });
  }
}

const isSwitch = ({ required, optional }: Option): boolean => !required && !optional;

/** A parser that takes what was given before adds to it; the one that commander makes of choices only looks as if it did. */
function collects({ variadic, argChoices, parseArg }: Option): boolean {
  return variadic || (argChoices === undefined && (parseArg?.length ?? 0) > 1);
}
