// What an empty page tells to do is what the README, the guide and the program's help tell.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAPER_COMMAND } from '../../../src/http/dashboard/ui/example-commands.js';

test.each(['README.md', 'docs/guides/dashboard.md', 'src/cli/paper.ts'])(
  '%s has the same command',
  (file) => {
    expect(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')).toContain(PAPER_COMMAND);
  },
);
