// What goes wrong inside stays inside: exceptions of handlers and errors of the database, of every method.
import { status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { startServer } from '../support/grpc.js';
import { execute } from '../support/postgres.js';
import { framed } from '../support/raw-reader.js';
import { registering } from '../support/security/honest.js';
import { Judge, leakIn, TYPED, tableNames } from '../support/security/judge.js';
import { makerOf } from '../support/security/maker.js';
import { Dice } from '../support/security/random.js';
import { report } from '../support/security/rows.js';
import { METHODS, pathOf, sampleOf } from '../support/security/samples.js';
import { LONG, SEED, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';

const ends: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test('what a handler throws is in the log and not in the answer', async () => {
  const secrets: readonly (() => unknown)[] = [
    () => new Error('relation "trades" does not exist'),
    () => new TypeError("Cannot read properties of undefined (reading 'ticket')"),
    () => Object.assign(new Error('INSERT INTO events VALUES ($1)'), { code: '23505', table: 'log_head' }),
    () => new Error('ENOENT: no such file or directory, open /home/dtms/secret.key'),
    () => new Error('connect ECONNREFUSED postgres://dtms:hunter2@db:5432/dtms'),
    () => 'thrown text with /usr/lib/node_modules/x.js:1:2',
    () => undefined,
    () => null,
    () => Object.assign(new Error('status'), { code: 5, details: 'SELECT secret FROM api_keys' }),
    () => new AggregateError([new Error('SELECT 1 FROM trades')], 'many'),
    () => ({ toString: () => 'at Object.<anonymous> (/srv/dtms/src/app.ts:1:1)' }),
  ];
  let thrown: unknown;
  const server = await startServer({
    getTrade: () => {
      throw thrown;
    },
    getStatus: undefined,
  } as Parameters<typeof startServer>[0]);
  const client = new WireClient(server.address);
  ends.push(
    () => server.stop(),
    async () => client.close(),
  );
  let leaks = 0;
  for (const [index, make] of secrets.entries()) {
    thrown = make();
    const correlationId = `leak-${index}`;
    const answer = await client.call(
      TradeServiceService.getTrade.path,
      framed(Buffer.from('0a0161 1001'.replace(' ', ''), 'hex')),
      {
        headers: { 'x-correlation-id': correlationId },
      },
    );
    expect(answer.code).toBe(status.INTERNAL);
    expect(answer.message).toBe(`internal error, correlation id ${correlationId}`);
    if (leakIn(answer, ['log_head', 'api_keys']) !== undefined) leaks += 1;
    expect(server.lines.filter((line) => line.correlation_id === correlationId)).toHaveLength(1);
  }
  report({ name: 'exceptions of handlers', tried: secrets.length, crashes: 0, wrong: 0, leaks });
  expect(leaks).toBe(0);
});

test(
  'a database that lacks what is asked for is not told of',
  async () => {
    // Open for good: there is a key from now on, and calls without one are to reach the database too.
    const target = await Target.start({ env: { DTMS_ACCESS_MODE: 'open' } });
    const client = new WireClient(target.address);
    ends.push(
      () => target.end(),
      async () => client.close(),
    );
    expect((await registering(client, { account: 'demo', ticket: 1n })).code).toBe(status.OK);
    const maker = await makerOf(target);
    const judge = await Judge.of('errors of the database', target);
    // What waits for a commit of other servers waits until its deadline.
    const codes = new Set([...TYPED, status.INTERNAL, status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);
    const tables = (await tableNames(target)).concat('trades', 'accounts', 'actions', 'events', 'bars');
    for (const table of tables) {
      await execute(target.database.url, `ALTER TABLE IF EXISTS "${table}" RENAME TO "gone_${table}"`).catch(
        () => undefined,
      );
    }
    let failed = 0;
    for (let round = 0; round < tries({ full: 50, short: 1 }); round += 1) {
      for (const method of METHODS) {
        const dice = new Dice(SEED + round);
        const answer = await client.call(pathOf(method), framed(sampleOf(method, dice)), {
          headers: { 'x-correlation-id': 'broken', ...maker(pathOf(method)) },
          ...(method.methodKind === 'unary' ? {} : { leaveAfterMs: 20 }),
        });
        if (answer.code === status.INTERNAL || answer.code === status.UNAVAILABLE) failed += 1;
        judge.judge(
          answer,
          { codes, correlationId: 'broken', mayBeLeft: method.methodKind !== 'unary' },
          () => pathOf(method),
        );
      }
    }
    expect(failed).toBeGreaterThan(0);
    expect(judge.close(judge.distribution())).toEqual([]);
  },
  LONG,
);
