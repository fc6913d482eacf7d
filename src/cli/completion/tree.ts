// Owns what can be completed at each place of a command line, read from commander's tree.
import type { Command, Option } from 'commander';

/** A command and what may follow it. */
export interface CompletionPlace {
  /** Its words behind `dtms`, each behind a slash: "" for the program, "/trades/list". */
  readonly path: string;
  /** Subcommands, or the choices of its arguments. */
  readonly words: readonly string[];
  readonly options: readonly string[];
  /** What an option with choices takes, by the option. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

/** The program's places, and its options that take a value of any kind, of which the shell completes files. */
export interface CompletionTree {
  readonly places: readonly CompletionPlace[];
  readonly valued: readonly string[];
}

export function completionTree(program: Command): CompletionTree {
  const places: CompletionPlace[] = [];
  const valued = new Set<string>();
  const visit = (command: Command, path: string): void => {
    const shown = command.options.filter(({ hidden }) => !hidden);
    places.push({ path, ...placeOf(command, shown) });
    for (const option of shown) if (takesValue(option)) for (const flag of flagsOf(option)) valued.add(flag);
    for (const inner of command.commands) visit(inner, `${path}/${inner.name()}`);
  };
  visit(program, '');
  return { places, valued: [...valued].sort() };
}

function placeOf(command: Command, options: readonly Option[]): Omit<CompletionPlace, 'path'> {
  const named = [...options.flatMap(flagsOf), '--help'];
  const inner = command.commands.map((each) => each.name());
  const chosen = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const takesNothing = inner.length === 0 && command.registeredArguments.length === 0;
  return {
    words: takesNothing ? named : [...inner, ...chosen],
    options: named,
    choices: new Map(
      options.flatMap((option) => {
        const { argChoices: choices } = option;
        return choices === undefined ? [] : flagsOf(option).map((flag) => [flag, choices] as const);
      }),
    ),
  };
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

const flagsOf = ({ long }: Option): string[] => (long === undefined || long === null ? [] : [long]);
