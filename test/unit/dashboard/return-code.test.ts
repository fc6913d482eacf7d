// How a broker's answer reads.
import { expect, test } from 'vitest';
import { answerText, codeMeaning } from '../../../src/http/dashboard/ui/return-code.js';

test.each([
  [{ code: 10009, message: 'done' }, '10009 DONE'],
  [{ code: 10016, message: 'Invalid stops' }, '10016 INVALID_STOPS'],
  [{ code: 10004, message: '' }, '10004 REQUOTE'],
  [{ code: 10026, message: '' }, '10026 SERVER_DISABLES_AT'],
  [{ code: 10012, message: 'nobody there' }, '10012 TIMEOUT · nobody there'],
  [{ code: 4756, message: 'a broker of its own' }, '4756 a broker of its own'],
  [{ code: 0, message: 'lease lost' }, 'lease lost'],
  [{ code: 0, message: '' }, ''],
])('%o reads %s', (answer, text) => {
  expect(answerText(answer)).toBe(text);
});

test('a code without a name has no meaning here', () => {
  expect(codeMeaning(10018)).toBe('the market is closed');
  expect(codeMeaning(1)).toBeUndefined();
  expect(codeMeaning(undefined)).toBeUndefined();
});
