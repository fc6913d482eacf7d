// What the table of servers says of each: good is only one that leads and tells of itself.
import { expect, test } from 'vitest';
import { roleOf } from '../../../src/http/dashboard/data/server-role.js';

test.each([
  ['SERVER_ROLE_LEADER', '900', 'good', 'leads'],
  ['SERVER_ROLE_STANDBY', '900', 'none', 'standby'],
  ['SERVER_ROLE_STOPPING', '900', 'warn', 'stopping'],
  ['SERVER_ROLE_LEADER', '5001', 'bad', 'leader, silent'],
  ['SERVER_ROLE_STANDBY', '60000', 'bad', 'standby, silent'],
])('%s, silent for %s ms', (role, silentMs, tone, text) => {
  expect(roleOf({ role, silentMs })).toEqual({ tone, text });
});
