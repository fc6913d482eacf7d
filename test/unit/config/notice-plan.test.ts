// The plan of notices: everything that is wrong with it at once, where, and what was meant; secrets by variable or file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from '../../../src/config/config.js';
import { checkedPlan } from '../../../src/config/notice-plan.js';
import { redacted } from '../../../src/config/redacted.js';
import { SECRET } from '../../support/notice-service.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problemsOf = (plan: unknown): string[] => {
  const problems: string[] = [];
  checkedPlan(plan, problems);
  return problems;
};

const GOOD = {
  channels: [
    { name: 'ops', kind: 'webhook', url: 'https://ops.example.com' },
    { name: 'mail', kind: 'email', host: 'mail', port: 587, user: 'dtms', from: 'a@b.c', to: ['d@e.f'] },
  ],
  rules: [{ name: 'all', kinds: ['*'], channels: ['ops'] }],
};

test('a good plan has no problem, and * is every kind', () => {
  const problems: string[] = [];
  const plan = checkedPlan(GOOD, problems);
  expect(problems).toEqual([]);
  expect(plan?.rules[0]?.kinds).toContain('HEDGED');
});

test('every fault of the shape is told at once, with the key that was meant', () => {
  const problems = problemsOf({
    channels: [
      { name: 'ops', kind: 'webhook', url: 'ftp://ops', urll: 1 },
      { name: 'x', kind: 'pigeon' },
    ],
    rules: [
      {
        name: 'all',
        kinds: ['HEDGE'],
        chanels: [],
        channels: ['ops'],
        quiet: { from: '25:00', to: '07:00', zone: 'UTC' },
      },
    ],
  });
  expect(problems.join('\n')).toMatch(/channels\[0\]\.url: .*pattern/);
  expect(problems).toContain('channels[0].urll: is no key of a plan; did you mean url?');
  expect(problems.join('\n')).toMatch(
    /channels\[1\]\.kind: .*one of webhook, telegram, discord, slack, email/,
  );
  expect(problems.join('\n')).toMatch(/rules\[0\]\.kinds\[0\]: .*HEDGED/);
  expect(problems).toContain('rules[0].chanels: is no key of a plan; did you mean channels?');
  expect(problems.join('\n')).toMatch(/rules\[0\]\.quiet\.from/);
});

test('so is what the shape cannot say', () => {
  const rule = {
    name: 'all',
    kinds: ['HEDGED'],
    afterSeconds: 5,
    template: { title: '{acount}' },
    quiet: { from: '22:00', to: '07:00', zone: 'Europe/Berlinn' },
    channels: ['opps'],
  };
  expect(problemsOf({ ...GOOD, rules: [rule, { ...GOOD.rules[0] }] })).toEqual([
    'rules[1].name: all is taken',
    'rules[0]: there is no channel opps; did you mean ops?',
    'rules[0].template: there is no field {acount}; did you mean account?',
    'rules[0].quiet.zone: there is no time zone Europe/Berlinn; give one such as Europe/Berlin',
    'rules[0]: afterSeconds and escalate are for what lasts, and none of its kinds does',
  ]);
});

test.each(['http://ops.example.com:99999/', 'http://[::1/', 'http://%zz/'])(
  'an address that leads nowhere is refused: %s',
  (url) => {
    const channels = [...GOOD.channels, { name: 'other', kind: 'webhook', url }];
    const streams = [{ name: 'events', kind: 'nats', servers: ['10.0.0.5:4222', '10.0.0.5:99999'] }];
    expect(problemsOf({ ...GOOD, channels, streams })).toEqual([
      `channels[${GOOD.channels.length}].url: is no address`,
      'streams[0].servers[1]: is no address',
    ]);
  },
);

test('secrets come by variable or file, are missed by who serves alone, and are never shown', () => {
  const plan = join(folder, 'notices.json');
  writeFileSync(plan, JSON.stringify(GOOD));
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`);
  const read = (env: Readonly<Record<string, string>>, use: 'serving' | 'tools' = 'serving') =>
    readConfig({ env: { DTMS_NOTICES_PLAN: plan, ...env }, use });
  expect(read({}, 'tools').problems).toEqual([]);
  expect(read({}).problems).toEqual([
    'DTMS_NOTICES_OPS_SECRET: is not set, nor is DTMS_NOTICES_OPS_SECRET_FILE, and the plan of notices needs it',
    'DTMS_NOTICES_MAIL_PASSWORD: is not set, nor is DTMS_NOTICES_MAIL_PASSWORD_FILE, and the plan of notices needs it',
  ]);
  const given = {
    DTMS_NOTICES_OPS_SECRET_FILE: join(folder, 'secret'),
    DTMS_NOTICES_MAIL_PASSWORD: 'hunter2',
  };
  const { config, problems, unknown } = read(given);
  expect([problems, unknown]).toEqual([[], []]);
  expect(config.noticeSecrets.DTMS_NOTICES_OPS_SECRET).toBe(SECRET);
  expect(JSON.stringify(redacted(config))).not.toMatch(new RegExp(`hunter2|${SECRET.slice(6, 20)}`));
  const wrong = read({ ...given, DTMS_NOTICES_MAIL_PASSWORD: 'x', DTMS_NOTICES_OPS_SECRET_FILE: plan });
  expect(wrong.problems).toEqual(['DTMS_NOTICES_OPS_SECRET: must be whsec_ and 24 to 64 bytes in base64']);
});
