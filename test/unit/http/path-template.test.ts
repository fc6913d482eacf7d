// Templates of paths: what they take, and that what is put into one comes out of it again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PathTemplate } from '../../../src/http/path-template.js';

const fieldName = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const literal = fc.stringMatching(/^[A-Za-z0-9_.~-]{1,8}$/);
const verb = fc.option(fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/), { nil: undefined });
const segment = fc.oneof(
  literal.map((text) => ({ text, field: undefined })),
  fieldName.map((field) => ({ text: `{${field}}`, field })),
);

/** A template, and a value for each of its variables. */
const filled = fc
  .tuple(
    fc.uniqueArray(segment, { minLength: 1, maxLength: 6, selector: ({ text }) => text }),
    verb,
    fc.infiniteStream(fc.string({ minLength: 1, maxLength: 20, unit: 'binary' })),
  )
  .map(([segments, end, values]) => {
    const text = `/${segments.map((each) => each.text).join('/')}${end === undefined ? '' : `:${end}`}`;
    const fields = segments.flatMap(({ field }) => field ?? []);
    return { text, values: new Map(fields.map((field) => [field, values.next().value ?? 'x'])) };
  });

describe('a template', () => {
  test('gives back the variables that were put into it, whatever they hold', () => {
    fc.assert(
      fc.property(filled, ({ text, values }) => {
        const template = new PathTemplate(text);
        expect(template.match(template.expand(values))).toEqual(values);
      }),
    );
  });

  test('takes no path that has more, or less, or ends with a slash', () => {
    fc.assert(
      fc.property(filled, literal, ({ text, values }, more) => {
        const template = new PathTemplate(text);
        const path = template.expand(values);
        expect(template.match(`${path}/${more}`)).toBeNull();
        expect(template.match(`/${more}${path}`)).toBeNull();
        expect(template.match(`${path}/`)).toBeNull();
        expect(template.match(path.slice(1))).toBeNull();
      }),
    );
  });

  const trades = new PathTemplate('/v1/accounts/{account}/trades/{ticket}');
  const close = new PathTemplate('/v1/accounts/{account}/trades/{ticket}:close');
  const report = new PathTemplate('/v1/accounts/{account}:report');

  test.each<[PathTemplate, string, Record<string, string> | null]>([
    [trades, '/v1/accounts/a:b@c/trades/7', { account: 'a:b@c', ticket: '7' }],
    [trades, '/v1/accounts/a%2Fb/trades/7', { account: 'a/b', ticket: '7' }],
    [trades, '/v1/accounts//trades/7', null],
    [trades, '/v1/Accounts/a/trades/7', null],
    [close, '/v1/accounts/a/trades/7:close', { account: 'a', ticket: '7' }],
    [close, '/v1/accounts/a/trades/7', null],
    [close, '/v1/accounts/a/trades/:close', null],
    [close, '/v1/accounts/a/trades/7:Close', null],
    // The last colon is the verb's, and one that is encoded is not a verb's.
    [report, '/v1/accounts/a:report:report', { account: 'a:report' }],
    [report, '/v1/accounts/a%3Areport', null],
  ])('%# takes what it should', (template, path, expected) => {
    const found = template.match(path);
    expect(found === null ? null : Object.fromEntries(found)).toEqual(expected);
  });

  test('that is spelled out more is meant', () => {
    expect(close.precision).toBeGreaterThan(trades.precision);
    expect(new PathTemplate('/a/b').precision).toBeGreaterThan(new PathTemplate('/a/{b}').precision);
  });

  test('has the shape of another that takes the same paths', () => {
    expect(new PathTemplate('/a/{b}:c').shape).toBe(new PathTemplate('/a/{d}:c').shape);
    expect(new PathTemplate('/a/{b}:c').shape).not.toBe(new PathTemplate('/a/{b}').shape);
  });

  test('says what is not well encoded', () => {
    expect(() => trades.match('/v1/accounts/%zz/trades/7')).toThrow(URIError);
    expect(() => trades.match('/v1/accounts/%ff/trades/7')).toThrow(URIError);
  });

  test.each(['a/b', '/a/*', '/a/**', '/a/{b=c/*}', '/a/{B}', '/a/{b}/{b}', '/a/{b}c', '/a:b/c', '/a:', '/'])(
    '%s is none',
    (text) => {
      expect(() => new PathTemplate(text)).toThrow(TypeError);
    },
  );
});
