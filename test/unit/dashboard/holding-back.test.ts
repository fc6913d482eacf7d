// What an order in doubt holds back, as a trade's page says it, beside what the domain leases meanwhile.
import { expect, test } from 'vitest';
import { doubtText, waitText } from '../../../src/http/dashboard/trade-page/holding-back.js';

const action = (type: string, status: string) => ({
  actionId: `a:1:1:${type}`,
  type: `ACTION_TYPE_${type}`,
  status: `ACTION_STATUS_${status}`,
});
const doubted = action('TIGHTEN_SL', 'IN_DOUBT');
const waiting = action('MOVE_SL_BREAKEVEN', 'PENDING');

test('nothing is said while nothing is in doubt', () => {
  expect(doubtText([])).toBe('');
  expect(doubtText([waiting, action('PARTIAL_CLOSE', 'EXECUTING')])).toBe('');
});

test('of the stop, of the volume, and of both', () => {
  expect(doubtText([doubted, waiting])).toBe(
    'tighten SL is in doubt: until it is settled, no other order moves its stop.',
  );
  expect(doubtText([action('PARTIAL_CLOSE', 'IN_DOUBT')])).toMatch(
    /no other order reduces, hedges or adds to it\.$/,
  );
  expect(doubtText([doubted, action('OPEN_HEDGE', 'IN_DOUBT')])).toMatch(
    /^tighten SL, open hedge are in doubt: until they are settled, .* moves its stop, reduces, hedges or adds to it\.$/,
  );
});

test('an action waits for a bridge, or for one of its kind to be settled', () => {
  expect(waitText(waiting, [waiting])).toBe('waiting for a bridge');
  expect(waitText(waiting, [doubted, waiting])).toBe('waiting until tighten SL is settled');
  expect(waitText(action('PARTIAL_CLOSE', 'PENDING'), [doubted, waiting])).toBe('waiting for a bridge');
  expect(waitText(waiting, [{ ...doubted, status: 'ACTION_STATUS_DONE' }, waiting])).toBe(
    'waiting for a bridge',
  );
});
