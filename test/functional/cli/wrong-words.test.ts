// What is written wrong on the command line: addresses of HTTP, an option twice, fields that a server refuses. Each is told
// once, in a sentence with a way out, and nothing is taken silently.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wholeProgram } from '../../../src/cli/program.js';
import { DtmsClient } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { eventually } from '../../support/eventually.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const listed = (...args: readonly string[]) => dtmsHere(['trades', 'list', ...args]);

test.each([
  ['http://127.0.0.1:50051', 'such as 127.0.0.1:50051'],
  ['HTTP://dtms.example:8001/', 'such as dtms.example:8001'],
  ['127.0.0.1:50051,http://127.0.0.1:50052', 'such as 127.0.0.1:50052'],
  ['localhost', 'such as 127.0.0.1:50051'],
  ['', 'an empty text is no address'],
  ['127.0.0.1:', 'such as'],
  ['127.0.0.1:0', 'such as'],
  ['127.0.0.1:65536', 'such as'],
  ['127.0.0.1:5005l', 'such as'],
  ['127.0.0.1:50051/', 'such as'],
  ['127.0.0.1 50051', 'such as'],
  [',', 'an empty text is no address'],
  ['https://a:50051,http://b:50051', 'such as b:50051'],
])('the address %j is refused before anything is called', async (address, hint) => {
  const { code, out, err } = await listed('--server', address);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(hint);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

test('addresses as gRPC knows them are taken', async () => {
  const [, port = ''] = service.address.split(':');
  for (const address of [service.address, `dns:///127.0.0.1:${port}`, `ipv4:127.0.0.1:${port}`])
    await eventually(async () =>
      expect(await listed('--server', address)).toMatchObject({ code: 0, err: '' }),
    );
});

test('the client names the way out of an address of HTTP too', () => {
  for (const address of ['http://127.0.0.1:50051', 'a:1,HTTPS://b:1'])
    expect(() => new DtmsClient({ address })).toThrow(/write host:port, without http:\/\//);
});

/** Each command that does something, with the words that call it. */
function commands() {
  return wholeProgram().commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ words: [command.name()], command }]
      : command.commands.map((inner) => ({ words: [command.name(), inner.name()], command: inner })),
  );
}

test('an option of one value is refused when it is given twice, in every command', async () => {
  let tried = 0;
  for (const { words, command } of commands())
    for (const { long, required, argChoices, parseArg, variadic, description } of command.options) {
      const isList = variadic || /repeat|again for more|commas/.test(description);
      if (!required || (isList && long !== '--server')) continue;
      const value = argChoices?.[0] ?? (parseArg === undefined ? 'x' : undefined);
      if (value === undefined) continue;
      const { code, err } = await dtmsHere([...words, `${long}`, value, `${long}`, value]);
      expect([words, long, code]).toEqual([words, long, 2]);
      expect(err).toContain('takes one value and was given twice');
      tried += 1;
    }
  expect(tried).toBeGreaterThan(100);
});

test('an option that is a list takes each, by itself or with commas; switches say the same twice', async () => {
  const args = ['--symbol', 'A', '--symbol', 'B,C', '--state', 'CLOSED', '--state', 'HEDGED'];
  await eventually(async () =>
    expect(await listed(...args, '--all', '--all', '--server', service.address)).toMatchObject({ code: 0 }),
  );
});

test('what is wrong with each field is said once', async () => {
  const fields = fc.subarray(['account', 'symbol', 'label'] as const, { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fields, async (wrong) => {
      const of = (name: string, right: string) => (wrong.some((each) => each === name) ? '\u0007' : right);
      const { code, err } = await dtmsHere([
        ...['trades', 'register', '--server', service.address, '--ticket', '1', '--direction', 'BUY'],
        ...['--entry-price', '100', '--volume', '1', '--stop-loss', '90'],
        ...['--account', of('account', 'a'), '--symbol', of('symbol', 'X'), '--label', of('label', 'l')],
      ]);
      expect(code).toBe(1);
      for (const name of wrong) expect(err.split(`trade.${name}`), err).toHaveLength(2);
      expect(err.trimEnd().split('\n')).toHaveLength(wrong.length);
    }),
    { numRuns: 7 },
  );
});

test('a stop on the wrong side is one sentence', async () => {
  const { err } = await dtmsHere([
    ...['trades', 'register', '--server', service.address, '--ticket', '1', '--direction', 'BUY'],
    ...['--account', 'a', '--symbol', 'X', '--entry-price', '100', '--volume', '1', '--stop-loss', '110'],
  ]);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});
