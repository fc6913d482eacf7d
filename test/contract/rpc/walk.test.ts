// The walk of one RegisterTrade from the socket to the commit: each folder once, in the order of the
// architecture page. Stacks are taken where the walk changes hands; between them only promises wait.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Direction } from '../../../src/client/index.js';
import { CommandRunner } from '../../../src/commands/runner.js';
import { GroupCommit } from '../../../src/engine/group-commit.js';
import { Writer } from '../../../src/store/writer.js';
import { startService, type TestService } from '../../support/app.js';

const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
const WALK = (/^transport ─▶ .*$/m.exec(page)?.[0] ?? '').split(' ─▶ ');

let service: TestService;
beforeAll(async () => {
  Error.stackTraceLimit = 200;
  service = await startService();
});
afterAll(async () => {
  Error.stackTraceLimit = 10;
  await service.end();
});

/** What only watches, and is in the way of nothing. */
const BESIDE = 'observability';

/** The folders of src on the stack, from the outermost, each as often as it is entered. */
function foldersOnStack(): readonly string[] {
  const frames = (new Error().stack ?? '').split('\n').reverse();
  const folders = frames.flatMap((frame) => /\/src\/([\w-]+)\//.exec(frame)?.[1] ?? []);
  const way = folders.filter((folder) => folder !== BESIDE);
  return way.filter((folder, index) => folder !== way[index - 1]);
}

/** Takes the stack of each call of a method, which goes on as ever. */
function watch<T extends object, M extends keyof T>(owner: T, method: M): (readonly string[])[] {
  const stacks: (readonly string[])[] = [];
  const original = owner[method];
  if (typeof original !== 'function') throw new TypeError(`${String(method)} is no method`);
  Object.defineProperty(owner, method, {
    configurable: true,
    writable: true,
    value(this: T, ...args: unknown[]): unknown {
      stacks.push(foldersOnStack());
      return Reflect.apply(original, this, args);
    },
  });
  return stacks;
}

test('RegisterTrade passes each folder once, in the order of the architecture page', async () => {
  expect(WALK).toEqual(['transport', 'interceptors', 'rpc', 'commands', 'engine', 'store']);
  const spec = { symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100, volume: 1, stopLoss: 90 };
  // What a term begins with is written before it.
  await service.client.registerTrade({ trade: { account: 'before', ticket: 1n, ...spec } });
  const [run, add, commit] = [
    watch(CommandRunner.prototype, 'run'),
    watch(GroupCommit.prototype, 'add'),
    watch(Writer.prototype, 'commit'),
  ];
  await service.client.registerTrade({ trade: { account: 'demo', ticket: 1n, ...spec } });
  // From the socket to the command.
  expect(run).toEqual([WALK.slice(0, 3)]);
  // From the handler, which waits for the command, to the batch.
  expect(add).toEqual([WALK.slice(2, 5)]);
  // From the batch to the database.
  expect(commit).toEqual([WALK.slice(4, 5)]);
});
