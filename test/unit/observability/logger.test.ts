// What a line of the log looks like, and what never is in one.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiKeyText, newApiKey } from '../../../src/access/api-key.js';
import { createLogger, type Logger } from '../../../src/observability/logger.js';

type Line = Readonly<Record<string, unknown>>;

/** The one line that `write` makes, as text. */
function textOf(write: (logger: Logger) => void): string {
  const lines: string[] = [];
  write(createLogger('trace', { write: (line: string) => lines.push(line) }));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

const lineOf = (write: (logger: Logger) => void): Line => JSON.parse(textOf(write));

test.each([
  ['trace', 'DEBUG'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['warn', 'WARNING'],
  ['error', 'ERROR'],
  ['fatal', 'CRITICAL'],
] as const)('%s is written as %s, with its time and message', (level, severity) => {
  const line = lineOf((logger) => logger[level]({ account: 'demo' }, 'something'));
  expect(line).toMatchObject({ severity, message: 'something', account: 'demo' });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('a ticket above 2^53 keeps its digits', () => {
  expect(lineOf((logger) => logger.info({ ticket: 9_007_199_254_740_993n }, 'x')).ticket).toBe(
    '9007199254740993',
  );
  const child = lineOf((logger) => logger.child({ ticket: 9_007_199_254_740_993n }).info('x'));
  expect(child.ticket).toBe('9007199254740993');
});

test('an error is written with its cause and stack', () => {
  const line = lineOf((logger) => logger.error({ error: new Error('a', { cause: new Error('b') }) }, 'x'));
  expect(line.error).toMatchObject({ type: 'Error', message: 'a: b', stack: expect.stringContaining('at ') });
});

test('an error is written without the objects that a library hangs on it', () => {
  const client = { connection: { secretKey: 4711 }, statements: ['SELECT 1'] };
  const error = Object.assign(new Error('terminating connection'), { code: '57P01', length: 116, client });
  const line = lineOf((logger) => logger.warn({ error }, 'x'));
  expect(line.error).toMatchObject({ message: 'terminating connection', code: '57P01', length: 116 });
  expect(line.error).not.toHaveProperty('client');
});

test('of several errors in one each is written', () => {
  const error = new AggregateError([new Error('a'), Object.assign(new Error('b'), { code: 'ECONNREFUSED' })]);
  const line = lineOf((logger) => logger.warn({ error }, 'x'));
  expect(line.error).toMatchObject({ errors: [{ message: 'a' }, { message: 'b', code: 'ECONNREFUSED' }] });
});

const key = apiKeyText(newApiKey());
const password = 'correct-horse-battery';

test.each<[string, Record<string, unknown>]>([
  ['a header', { headers: { authorization: `Bearer ${key}`, 'x-api-key': key, cookie: password } }],
  ['metadata', { metadata: { 'x-api-key': password } }],
  ['a field of the name', { api_key: password, secret: password, password, token: password }],
  ['a configuration', { config: { database: { url: `postgres://dtms:${password}@db/dtms` } } }],
  ['a URL in a text', { description: `cannot reach postgres://dtms:${password}@db/dtms` }],
  ['the message of an error', { error: new Error(`postgres://dtms:${password}@db failed`) }],
  [
    'the cause of an error',
    { error: new Error('x', { cause: new Error(`https://me:${password}@collector`) }) },
  ],
  ['a key in a text', { description: `the key ${key} has ended` }],
  ['a header in a text', { description: `authorization: Bearer ${password}` }],
  ['a list', { values: [key, { deep: { deeper: key } }] }],
])('a secret in %s is not written', (_where, fields) => {
  const text = textOf((logger) => logger.info(fields, 'x'));
  for (const secret of [key, key.slice(18), password]) expect(text).not.toContain(secret);
  expect(text).toContain('[redacted]');
  expect(JSON.parse(text)).toMatchObject({ message: 'x' });
});

test('a secret in the fields of a child logger or in the message is not written', () => {
  expect(textOf((logger) => logger.child({ authorization: key }).info(`made ${key}`))).not.toContain(
    key.slice(5),
  );
});

test('what only looks a little like a secret is written', () => {
  const fields = { at: 'dtms_config.json', url_of: 'https://example.test/a:b@c', note: 'Bearer' };
  expect(lineOf((logger) => logger.info(fields, 'x'))).toMatchObject(fields);
});

/** What a terminal or a viewer might obey, or take for the end of a line. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

test('any text is one line without control characters, and reads back as it was', () => {
  const nasty = fc.constantFrom(
    '\n',
    '\r\n',
    '\u001b[31m',
    '\u009b2J',
    '\u007f',
    '\u2028',
    '\u202e',
    '\\',
    '"',
    '\0',
  );
  const text = fc.array(fc.oneof(nasty, fc.string({ unit: 'grapheme' }))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, text, (value, message) => {
      const written = textOf((logger) =>
        logger.info({ description: value, nested: { value } }, '%s', message),
      );
      expect(written.endsWith('\n')).toBe(true);
      expect(written.slice(0, -1)).not.toMatch(CONTROLS);
      expect(JSON.parse(written)).toMatchObject({ description: value, nested: { value }, message });
    }),
  );
});
