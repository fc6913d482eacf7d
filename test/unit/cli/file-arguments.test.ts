// Files on the command line: one that is a folder, not there, or not to be read is refused in a sentence that names it. Which
// options and arguments are files, the program itself says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { messageOf } from '../../../src/cli/exit.js';
import { wholeProgram } from '../../../src/cli/program.js';
import { readNews } from '../../../src/study/news-file.js';
import { dtmsHere } from '../../support/cli-call.js';

type Place = Option | Argument;

const folder = mkdtempSync(join(tmpdir(), 'dtms-files-'));
const missing = join(folder, 'missing');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Values that are let through, by what the help calls them; else 1. */
const VALUES: Readonly<Record<string, string>> = { file: missing, scopes: 'read' };

const isOption = (place: Place): place is Option => 'long' in place;
const named = (place: Place) =>
  isOption(place) ? (/<([^>]+)>$/.exec(place.flags)?.[1] ?? '') : place.name();

/** A call for each file that a command takes, with a path there and what else it cannot do without. */
function callsOf(command: Command, path: string): string[][] {
  const places: readonly Place[] = [...command.registeredArguments, ...command.options];
  return places
    .filter((place) => named(place) === 'file')
    .map((file) => {
      const value = (place: Place) =>
        place === file ? path : (place.argChoices?.[0] ?? VALUES[named(place)] ?? '1');
      return places.flatMap((place) => {
        if (isOption(place)) return place.mandatory || place === file ? [place.long ?? '', value(place)] : [];
        return place.required || place === file ? [value(place)] : [];
      });
    })
    .map((words) => [...namesOf(command), ...words]);
}

const namesOf = (command: Command): string[] =>
  command.parent === null ? [] : [...namesOf(command.parent), command.name()];

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

async function refusalOf(words: readonly string[]): Promise<string> {
  const { code, err } = await dtmsHere(words);
  expect(code, err).toBeGreaterThan(0);
  expect(err, 'a stack is no answer').not.toMatch(/^\s+at /m);
  return err.trimEnd();
}

const FOLDERS = everyCommand(wholeProgram()).flatMap((command) => callsOf(command, folder));

test('the program takes files in many places', () => {
  expect(FOLDERS.length).toBeGreaterThan(25);
});

test.each(FOLDERS.map((words) => [words]))('a folder is none: %j', async (words) => {
  expect(await refusalOf(words)).toMatch(
    /^dtms: (-\S+ |-\S, -\S+ )?<file>: \S+ is a folder, not a file: correct the path$/,
  );
});

describe('what cannot be read', () => {
  const replay = (name: string) => (path: string) => [
    ...['replay', '--symbol', 'XAUUSD', '--sample', '5', name, path],
  ];
  const READERS: Readonly<Record<string, (path: string) => readonly string[]>> = {
    calibrate: (path) => ['calibrate', path, '--goal', 'limit'],
    study: (path) => ['study', path],
    policy: (path) => ['policies', 'apply', path, '--reason', 'a'],
    bars: replay('--bars'),
    ticks: replay('--ticks'),
    backup: (path) => ['restore', '--from', path],
    audit: (path) => ['audit', 'verify', path],
    settings: (path) => ['config', 'check', path],
    plan: (path) => ['rollout', 'start', '--plan', path],
  };

  test.each(Object.entries(READERS))('a file of %s that is not there', async (_name, call) => {
    expect(await refusalOf(call(missing))).toContain(missing);
  });

  test.runIf(process.getuid?.() !== 0)('one that is nobody’s to read', async () => {
    const closed = join(folder, 'closed.yaml');
    writeFileSync(closed, '{}', { mode: 0 });
    for (const call of Object.values(READERS)) expect(await refusalOf(call(closed))).toContain(closed);
  });

  test('a folder in place of what a study names, and news that are none', async () => {
    const file = join(folder, 'study.json');
    const trades = { count: 1, seeds: [1], entry: 'random', stopAtr: 4, targetAtr: 6, holdBars: 9 };
    const sets = [{ name: 'one', symbol: 'BTCUSD', bars: folder, costs: { spread: 5 } }];
    writeFileSync(file, JSON.stringify({ name: 'A study', sets, trades: { ...trades, overlap: 'allowed' } }));
    expect(await refusalOf(['study', file])).toContain(`sets[0].bars: there is no file ${folder}`);
    writeFileSync(file, 'no news');
    expect(messageOf(thrownBy(() => readNews(file)))).toMatch(/^\S+: it is not JSON: [^\n]*$/);
  });
});

function thrownBy(act: () => void): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
