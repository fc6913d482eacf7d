// The rules of notices as laws of time: nobody is disturbed in quiet hours, a rate is kept in every window, a group is one
// message, nothing is dropped, and what is over before it is due is told to nobody.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Notice, notice, orderKeyOf } from '../../../../src/domain/notices/notice.js';
import {
  DEFAULT_TEMPLATE,
  filled,
  type NoticePlan,
  type NoticeRule,
  unknownFields,
} from '../../../../src/domain/notices/notice-plan.js';
import { afterQuiet, isQuiet } from '../../../../src/domain/notices/quiet-hours.js';
import { nextTryMs } from '../../../../src/domain/notices/retries.js';
import {
  groupName,
  matches,
  NO_MEMORY,
  type PlannedDelivery,
  rateName,
  routesOf,
} from '../../../../src/domain/notices/routing.js';
import { runs } from '../../../support/properties.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const RULE: NoticeRule = {
  name: 'rule',
  kinds: ['NO_BRIDGE', 'HEDGED'],
  where: {},
  severity: null,
  afterMs: 0,
  quiet: null,
  group: null,
  rate: null,
  escalate: null,
  template: DEFAULT_TEMPLATE,
  channels: ['ops'],
};
const planOf = (...rules: readonly Partial<NoticeRule>[]): NoticePlan => ({
  channels: [],
  rules: rules.map((rule) => ({ ...RULE, ...rule })),
  streams: [],
});
const hedged = (fields: Partial<Notice> = {}): Notice =>
  notice({ key: 'k', kind: 'HEDGED', text: 'hedged', account: 'demo', ticket: 1n, at: 0, ...fields });
const noBridge = (fields: Partial<Notice> = {}): Notice =>
  notice({
    ...{ key: 'k', kind: 'NO_BRIDGE', text: 'no bridge', account: 'demo', at: 0 },
    ...{ phase: 'BEGUN', lasting: 'NO_BRIDGE|demo@0', ...fields },
  });

const someTime = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) });
const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
);

describe('quiet hours', () => {
  test('end at the first moment that is not quiet', () => {
    fc.assert(
      fc.property(someTime, minutes, minutes, zone, (at, from, to, name) => {
        const hours = { from, to, zone: name, except: 'CRITICAL' as const };
        const end = afterQuiet(hours, at);
        expect(isQuiet(hours, end)).toBe(false);
        expect(end - at).toBeLessThanOrEqual(25 * HOUR);
        expect(end === at).toBe(!isQuiet(hours, at));
        if (end > at) expect(isQuiet(hours, end - 1)).toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });

  test('are by the clock of their zone, over midnight as well', () => {
    const berlin = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin', except: 'CRITICAL' as const };
    // 21:30 and 22:00 in Berlin, in winter and in summer.
    expect(isQuiet(berlin, Date.UTC(2026, 0, 15, 20, 30))).toBe(false);
    expect(isQuiet(berlin, Date.UTC(2026, 0, 15, 21))).toBe(true);
    expect(isQuiet(berlin, Date.UTC(2026, 6, 15, 20))).toBe(true);
    expect(afterQuiet(berlin, Date.UTC(2026, 6, 15, 20))).toBe(Date.UTC(2026, 6, 16, 5));
  });

  test('hold back what is less serious, and nothing else', () => {
    const quiet = { from: 0, to: 12 * 60, zone: 'UTC', except: 'CRITICAL' as const };
    const noon = 12 * HOUR;
    const due = (each: Notice) => sentOf(each, planOf({ quiet }), HOUR)[0]?.dueAt;
    expect(due(hedged())).toBe(noon);
    expect(due(hedged({ severity: 'CRITICAL' }))).toBe(HOUR);
  });
});

function sentOf(each: Notice, plan: NoticePlan, now: number): PlannedDelivery[] {
  return routesOf(each, plan, NO_MEMORY, now).flatMap((route) =>
    route.step === 'send' ? [route.delivery] : [],
  );
}

interface Sent extends PlannedDelivery {
  readonly notices: Notice[];
}

/** Routes notices one after the other, as the store does: what is due has gone. */
function course(plan: NoticePlan, told: readonly Notice[]): Sent[] {
  const sent: Sent[] = [];
  for (const each of told) {
    const waiting = new Map(
      sent
        .filter(({ group, dueAt }) => group !== '' && dueAt > each.at)
        .map(({ rule, channel, group, dueAt }) => [groupName(rule, channel, group), dueAt] as const),
    );
    const planned = new Map<string, number[]>();
    for (const { rule, channel, dueAt } of sent) {
      const name = rateName(rule, channel);
      planned.set(name, [...(planned.get(name) ?? []), dueAt]);
    }
    for (const route of routesOf(each, plan, { waiting, planned, told: [] }, each.at)) {
      if (route.step === 'send') sent.push({ ...route.delivery, notices: [each] });
      else sent.findLast(({ group, dueAt }) => group === route.group && dueAt > each.at)?.notices.push(each);
    }
  }
  return sent;
}

const moments = fc
  .array(fc.record({ pause: fc.integer({ min: 0, max: 40 }), account: fc.constantFrom('a', 'b') }), {
    maxLength: 60,
  })
  .map((steps) => {
    let at = 0;
    return steps.map(({ pause, account }, index) => {
      at += pause;
      return hedged({ key: String(index), account, ticket: BigInt(index), at });
    });
  });

describe('grouping and rates', () => {
  test('drop nothing, and tell nothing twice', () => {
    const group = { by: ['account'] as const, windowMs: 100 };
    const rate = { most: 2, windowMs: 150 };
    fc.assert(
      fc.property(moments, fc.subarray(['group', 'rate'] as const), (told, used) => {
        const plan = planOf({
          group: used.includes('group') ? group : null,
          rate: used.includes('rate') ? rate : null,
        });
        const keys = course(plan, told).flatMap(({ notices }) => notices.map(({ key }) => key));
        expect(keys.sort()).toEqual(told.map(({ key }) => key).sort());
      }),
      { numRuns: runs(200) },
    );
  });

  test('a group is one message in its window', () => {
    fc.assert(
      fc.property(moments, (told) => {
        const windowMs = 100;
        const sent = course(planOf({ group: { by: ['account'], windowMs } }), told);
        for (const { notices, dueAt } of sent) {
          const [first] = notices;
          expect(dueAt).toBe((first?.at ?? 0) + windowMs);
          expect(new Set(notices.map(({ account }) => account)).size).toBe(1);
        }
        for (const account of ['a', 'b']) {
          const due = sent.filter(({ notices }) => notices[0]?.account === account).map(({ dueAt }) => dueAt);
          for (const [index, at] of due.slice(1).entries())
            expect(at - (due[index] ?? 0)).toBeGreaterThanOrEqual(windowMs);
        }
      }),
      { numRuns: runs(200) },
    );
  });

  test('no window has more messages than its rate', () => {
    fc.assert(
      fc.property(
        moments,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 300 }),
        (told, most, windowMs) => {
          const due = course(planOf({ rate: { most, windowMs } }), told)
            .map(({ dueAt }) => dueAt)
            .sort((a, b) => a - b);
          for (const at of due) {
            const within = due.filter((other) => other >= at && other < at + windowMs);
            expect(within.length).toBeLessThanOrEqual(most);
          }
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

describe('what lasts', () => {
  test('is told when it has lasted, and to others when it still does', () => {
    const plan = planOf({ afterMs: 30_000, escalate: { afterMs: 600_000, channels: ['phone'] } });
    const routed = sentOf(noBridge({ at: 1000 }), plan, 5000);
    expect(routed.map(({ channel, dueAt, whileLasting }) => [channel, dueAt, whileLasting])).toEqual([
      ['ops', 31_000, 'NO_BRIDGE|demo@0'],
      ['phone', 631_000, 'NO_BRIDGE|demo@0'],
    ]);
  });

  test('what is told at once stays told, and its end goes to who was told', () => {
    const plan = planOf({});
    expect(sentOf(noBridge(), plan, 5).map(({ whileLasting }) => whileLasting)).toEqual(['']);
    const over = noBridge({ phase: 'RESOLVED' });
    expect(routesOf(over, plan, NO_MEMORY, 5)).toEqual([]);
    const told = [{ rule: 'rule', channel: 'phone' }];
    expect(routesOf(over, plan, { ...NO_MEMORY, told }, 5)).toMatchObject([
      { delivery: { channel: 'phone', dueAt: 5 } },
    ]);
  });
});

describe('who is told', () => {
  test('each channel once, by the first rule that names it', () => {
    const plan = planOf({ name: 'first', channels: ['ops'] }, { name: 'second', channels: ['ops', 'phone'] });
    expect(sentOf(hedged(), plan, 0).map(({ rule, channel }) => [rule, channel])).toEqual([
      ['first', 'ops'],
      ['second', 'phone'],
    ]);
  });

  test.each([
    [{ accounts: ['live-*'] }, { account: 'live-1' }, true],
    [{ accounts: ['live-*'] }, { account: 'demo' }, false],
    [{ accounts: ['*-1', 'demo'] }, { account: 'demo' }, true],
    [{ symbols: ['X*SD'] }, { symbol: 'XAUUSD' }, true],
    [{ symbols: ['XSD*SD'] }, { symbol: 'XSD' }, false],
    [{ labels: ['swing'] }, { label: '' }, false],
    [{ magicNumbers: [7] }, { magicNumber: 7n }, true],
    [{ magicNumbers: [7] }, { magicNumber: 8n }, false],
    [{ severity: 'WARNING' as const }, { severity: 'INFO' as const }, false],
    [{ severity: 'WARNING' as const }, { severity: 'CRITICAL' as const }, true],
  ] as const)('the filter of a rule, case %#', (where, fields, expected) => {
    expect(matches({ ...RULE, where }, hedged(fields))).toBe(expected);
  });

  test('the order is that of a trade, and of an account where there is none', () => {
    expect(orderKeyOf(hedged())).not.toBe(orderKeyOf(hedged({ ticket: 2n })));
    expect(orderKeyOf(hedged({ text: 'other', kind: 'ACTION_DEAD' }))).toBe(orderKeyOf(hedged()));
    expect(orderKeyOf(noBridge())).not.toBe(orderKeyOf(noBridge({ account: 'other' })));
  });
});

test('pauses double, are spread, end, and heed the receiver', () => {
  const settings = { maxTries: 12, firstRetryMs: 100, longestRetryMs: 5000 };
  const failed = { result: 'failed', reason: '', retryAfterMs: null } as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, random) => {
        const pause = nextTryMs(failed, tries, settings, random);
        if (tries >= 12) {
          expect(pause).toBeNull();
          return;
        }
        const most = Math.min(5000, 100 * 2 ** (tries - 1));
        expect(pause).toBeGreaterThanOrEqual(most / 2);
        expect(pause).toBeLessThanOrEqual(most);
        expect(nextTryMs({ ...failed, retryAfterMs: 9000 }, tries, settings, random)).toBe(9000);
        expect(nextTryMs({ ...failed, retryAfterMs: 9e9 }, tries, settings, random)).toBe(3_600_000);
      },
    ),
    { numRuns: runs(200) },
  );
  expect(nextTryMs({ result: 'refused', reason: '' }, 4, settings, 1)).toBe(800);
  expect(nextTryMs({ result: 'refused', reason: '' }, 5, settings, 1)).toBeNull();
});

test('a template is text with fields, and nothing of it is executed', () => {
  const told = hedged({ text: 'a {account} {{process.exit()}}', symbol: 'XAUUSD' });
  expect(filled('{kind} {account} {symbol}\n{advice}\n{text}', told)).toBe(
    'HEDGED demo XAUUSD\na {account} {{process.exit()}}',
  );
  expect(unknownFields('{kind} {acount} {constructor}')).toEqual(['acount', 'constructor']);
  expect(filled('{toString}{constructor}', told)).toBe('');
});
