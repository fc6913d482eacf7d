// Shell completion, as the shells themselves run it: bash always, zsh and fish where they are installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { completionScript, SHELLS } from '../../../src/cli/completion/scripts.js';
import { completionTree } from '../../../src/cli/completion/tree.js';

const program = new Command('dtms').addCommand(
  new Command('trades')
    .addCommand(
      new Command('list')
        .addOption(new Option('--output <form>').choices(['table', 'json', 'csv']))
        .option('--all'),
    )
    .addCommand(new Command('pause').argument('<ticket>').option('--reason <text>')),
);
program.addCommand(
  new Command('flags').addCommand(
    new Command('set')
      .addArgument(new Argument('<flag>').choices(['enforce', 'action.RE_ADD']))
      .addArgument(new Argument('<state>').choices(['on', 'off'])),
  ),
);
const tree = completionTree(program);

const LINES: readonly (readonly [line: string, completed: readonly string[]])[] = [
  ['tr', ['trades']],
  ['trades ', ['list', 'pause']],
  ['trades li', ['list']],
  ['trades list --o', ['--output']],
  ['trades list --all --output ', ['table', 'json', 'csv']],
  ['trades list --output j', ['json']],
  ['trades pause 42 --reason li', []],
  ['trades pause 42 --', ['--reason', '--help']],
  ['flags set enf', ['enforce']],
  ['flags set enforce of', ['off']],
];

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe('completion', () => {
  it('in bash', () => {
    const asked = LINES.map(([line]) => {
      const words = ['dtms', ...line.split(' ')].map((word) => `'${word}'`);
      return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _dtms; echo "\${COMPREPLY[*]}"`;
    });
    const script = [completionScript('bash', tree), ...asked].join('\n');
    const out = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
    expect(out.trimEnd().split('\n')).toEqual(LINES.map(([, completed]) => completed.join(' ')));
  });

  it.skipIf(!has('zsh'))('in zsh', () => {
    const asked = LINES.map(([line]) => {
      const words = line.split(' ').map((word) => `'${word}'`);
      return `echo \${(M)\${(f)"$(_dtms_words ${words.join(' ')})"}:#${words.at(-1)?.slice(1, -1)}*}`;
    });
    const script = ['compdef() { :; }', completionScript('zsh', tree), ...asked].join('\n');
    const out = execFileSync('zsh', ['-fc', script], { encoding: 'utf8' });
    expect(out.trimEnd().split('\n')).toEqual(LINES.map(([, completed]) => completed.join(' ')));
  });

  it.skipIf(!has('fish'))('in fish', () => {
    const asked = LINES.map(([line]) => `echo (complete -C 'dtms ${line}' | sort)`);
    const script = [completionScript('fish', tree), ...asked].join('\n');
    const out = execFileSync('fish', ['--no-config', '-c', script], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    });
    expect(out.trimEnd().split('\n')).toEqual(LINES.map(([, completed]) => [...completed].sort().join(' ')));
  });

  it.each(SHELLS)('names every command and choice in %s', (shell) => {
    const script = completionScript(shell, tree);
    for (const word of ['/trades/list', '/flags/set', 'action.RE_ADD', 'csv']) expect(script).toContain(word);
  });
});
