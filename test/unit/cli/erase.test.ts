// `dtms accounts erase` before it touches a database: a name that is not said twice alike, and words that would stay on record.
import { expect, test } from 'vitest';
import { eraseCommand } from '../../../src/cli/erase.js';

const ended = (...args: readonly string[]) =>
  // Nobody listens there: what is asked of the database fails otherwise.
  eraseCommand()
    .exitOverride()
    .parseAsync([...args, '--database-url', 'postgres://dtms@127.0.0.1:1/dtms'], { from: 'user' });

const SAID = ['--by', 'ann', '--reason', 'the customer left'];

test.each([
  ['another name', ['demo', '--confirm', 'demo2', ...SAID], '--confirm says demo2, and the account is demo'],
  [
    'the account in the reason',
    ['demo', '--confirm', 'demo', '--by', 'ann', '--reason', 'we drop demo, at last'],
    'they may not name the account',
  ],
  [
    'the account at the end of the reason',
    ['demo', '--confirm', 'demo', '--by', 'ann', '--reason', 'the owner of demo.'],
    'they may not name the account',
  ],
  [
    'the account as who ordered it',
    ['demo', '--confirm', 'demo', '--by', 'demo', '--reason', 'gone'],
    'they may not name the account',
  ],
])('%s is wrong usage', async (_what, args, said) => {
  await expect(ended(...args)).rejects.toMatchObject({
    name: 'CommandError',
    exitCode: 2,
    message: expect.stringContaining(said),
  });
});

test('a word that only begins like the account is none', async () => {
  const attempt = ended(
    'demo',
    '--confirm',
    'demo',
    '--by',
    'ann',
    '--reason',
    'the demo2 account took over',
  );
  await expect(attempt).rejects.toMatchObject({ name: 'StoreUnavailableError' });
});
