// The kinds of alarms against the alert rules of Prometheus: both wake people for the same, as urgently.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ALARM_KINDS, ALARMS } from '../../../../src/domain/notices/alarm-kinds.js';
import { packageRoot } from '../../../../src/package-files.js';

const rules = readFileSync(join(packageRoot(), 'config', 'prometheus', 'alerts.rules.yml'), 'utf8');
const severities = new Map(
  rules
    .split(/^ +- alert: /m)
    .slice(1)
    .map((rule) => [/^\w+/.exec(rule)?.[0] ?? '', /severity: (\w+)/.exec(rule)?.[1] ?? '']),
);

/** Alerts about the service itself: they need history or every server, and Prometheus has both. */
const ABOUT_THE_SERVICE = new Set([
  ...['DtmsAvailabilityBurnFast', 'DtmsAvailabilityBurn', 'DtmsLatencyBurnFast', 'DtmsLatencyBurn'],
  ...['DtmsServerDown', 'DtmsWriteBacklog', 'DtmsEventLoopSlow'],
  // What it says of a bridge is DtmsNoBridge or a long queue: the actions page has both.
  'DtmsActionsWait',
]);

test.each(ALARM_KINDS.filter((kind) => ALARMS[kind].alert !== ''))('%s is as urgent as its alert', (kind) => {
  const { alert, urgency } = ALARMS[kind];
  expect(severities.get(alert), alert).toBe(urgency === 'NOW' ? 'page' : 'ticket');
});

test('every alert that wakes somebody is an alarm, or about the service itself', () => {
  const named = new Set(ALARM_KINDS.map((kind) => ALARMS[kind].alert));
  const pages = [...severities].filter(([, severity]) => severity === 'page').map(([alert]) => alert);
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.filter((alert) => !named.has(alert) && !ABOUT_THE_SERVICE.has(alert))).toEqual([]);
});

test('what must be looked at now is listed first', () => {
  const urgencies = ALARM_KINDS.map((kind) => ALARMS[kind].urgency);
  expect(urgencies.lastIndexOf('NOW')).toBeLessThan(urgencies.indexOf('TODAY'));
});
