// The words of the glossary: what it bans is not in src, and no type has the name of another.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sourceFiles } from '../support/source-tree.js';

const files = sourceFiles('src');
const glossary = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8');

/** Of each banned word the one to use. */
const BANNED = new Map(
  /```banned\n(.*?)```/s
    .exec(glossary)?.[1]
    ?.trim()
    .split('\n')
    .map((line) => {
      const [word = '', instead = ''] = line.split(' -> ');
      return [word, instead];
    }),
);

/** A word as it stands alone, in one or many, or as a part of an identifier: desk, desks, DESK, deskOf, PaperDesk. */
function asWord(word: string): RegExp {
  const capital = word.slice(0, 1).toUpperCase() + word.slice(1);
  const snake = word.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return new RegExp(`(?<![A-Za-z])${word}s?(?![a-z])|${capital}s?(?![a-z])|(?<![A-Z])${snake}S?(?![A-Za-z])`);
}

describe('words', () => {
  test('of each part of an identifier, and of no part of a word', () => {
    const found = ['desk', 'desks', 'a desk.', 'deskOf', 'PaperDesk', 'DeskOptions', 'desk-1', 'MAX_DESK_MS'];
    for (const text of found) expect(text).toMatch(asWord('desk'));
    for (const text of ['desktop', 'invoice', 'Desktop']) expect(text).not.toMatch(asWord('desk'));
    expect('invoice').not.toMatch(asWord('voice'));
    expect(['takeOver', 'TakeOver', 'TAKE_OVER_MS'].every((text) => asWord('takeOver').test(text))).toBe(
      true,
    );
  });

  test('the glossary bans some, each with what to say instead', () => {
    expect(BANNED.size).toBeGreaterThan(5);
    for (const instead of BANNED.values()) expect(instead).not.toBe('');
  });

  test.each([...BANNED])('%s is %s', (word) => {
    const pattern = asWord(word);
    const said = files.flatMap(({ path, text }) =>
      pattern.test(path) ? [path] : text.split('\n').filter((line) => pattern.test(line)),
    );
    expect(said).toEqual([]);
  });

  test('no two types have one name', () => {
    const places = new Map<string, string[]>();
    for (const { path, types } of files) {
      for (const name of types) places.set(name, [...(places.get(name) ?? []), path]);
    }
    expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([]);
  });
});
