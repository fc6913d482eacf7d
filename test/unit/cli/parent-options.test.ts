// A command that has --server as well as the one it belongs to: the outer one takes it wherever it stands, and the inner one
// goes by it all the same. Each such command is tried by its name; a new one has to be.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';

/** Every command of the program, made anew. */
async function commands(): Promise<Command[]> {
  const folder = join(packageRoot(), 'src/cli');
  const made: Command[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const exported: Record<string, unknown> = await import(join(folder, file));
    for (const [name, make] of Object.entries(exported)) {
      if (!/^[a-z][A-Za-z]*Command$/.test(name) || typeof make !== 'function' || make.length > 0) continue;
      const command: unknown = make();
      if (command instanceof Command) made.push(command);
    }
  }
  return made;
}

const takesServer = ({ options }: Command) => options.some(({ long }) => long === '--server');

/** Names of commands that have it as the one they belong to has. */
const shared = (outer: Command): string[] =>
  outer.commands
    .filter((inner) => takesServer(inner) && takesServer(outer))
    .map((inner) => `${outer.name()} ${inner.name()}`);

const TRIED = ['effect trades', 'servers rotate-secret', 'servers verify'];
/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

test('each command that shares it with the one it belongs to is tried here', async () => {
  const all = await commands();
  expect(all.length).toBeGreaterThan(20);
  expect(all.flatMap(shared).sort()).toEqual(TRIED);
});

test.concurrent.each(
  TRIED.flatMap((name) => [
    [name, 'behind it', [...name.split(' ').slice(1), '--server', NOWHERE]],
    [name, 'before it', ['--server', NOWHERE, ...name.split(' ').slice(1)]],
  ]) as [string, string, string[]][],
)('dtms %s with --server %s asks that server', async (name, _where, words) => {
  const outer = (await commands()).find((command) => command.name() === name.split(' ')[0]);
  await expect(outer?.parseAsync(words, { from: 'user' })).rejects.toThrow(`no server at ${NOWHERE}`);
});
