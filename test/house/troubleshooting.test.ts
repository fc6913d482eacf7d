// The page of troubles: each reason of an error and each message the sources log as an error has its row, and no row is of something gone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { packageRoot } from '../../src/package-files.js';

const root = packageRoot();
const page = readFileSync(join(root, 'docs', 'guides', 'troubleshooting.md'), 'utf8');
const [, byReason = '', byLine = ''] = page.split(/^## /m);

/** The first cells of a table, of rows that have cause and cure. */
const rows = (text: string) =>
  [...text.matchAll(/^\| `(.+?)` \| .{10,} \| .{10,} \|$/gm)].map(([, name = '']) => name);

/** Errors by a level that is chosen, in these files only. */
const CHOSEN = {
  'src/engine/event-log.ts': ['an action needs somebody to look'],
  'src/interceptors/logging.ts': ['call finished', 'stream closed'],
  'src/http/request-log.ts': ['request finished'],
  // What the library that runs migrations says.
  'src/store/migrate.ts': ['Error executing:'],
};

test('every reason of an error has cause and cure', () => {
  const reasons = Object.keys(ErrorReason).filter((name) => !/^(-?\d+|UNSPECIFIED|UNRECOGNIZED)$/.test(name));
  expect(rows(byReason).sort()).toEqual(reasons.sort());
});

test('every message that is logged as an error has cause and cure', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ path: `src/${name}`, text: readFileSync(join(root, 'src', name), 'utf8') }));
  const chosen = files.filter(({ text }) => /ogger\[\w+\]\(/.test(text)).map(({ path }) => path);
  expect([...chosen, 'src/store/migrate.ts'].sort()).toEqual(Object.keys(CHOSEN).sort());

  const calls = files.flatMap(({ path, text }) =>
    [...text.matchAll(/\.(?:error|fatal)\(\s*(?:\{[^']*|\w+, )'((?:[^'\\]|\\.)*)'/g)].map(
      ([, message = '']) => ({
        path,
        message,
      }),
    ),
  );
  const count = files.reduce(
    (sum, { text }) => sum + [...text.matchAll(/ogger\.(?:error|fatal)\(/g)].length,
    0,
  );
  // One more: what migrations say is passed on.
  expect(calls.length).toBe(count - 1);
  const messages = [...calls.map(({ message }) => message), ...Object.values(CHOSEN).flat()];
  expect(rows(byLine).sort()).toEqual([...new Set(messages)].sort());
});
