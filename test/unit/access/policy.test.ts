// Whether a server may run without keys.
import { expect, test } from 'vitest';
import { AccessPolicyError, isLoopback, settleDoor } from '../../../src/access/policy.js';
import { createLogger } from '../../../src/observability/logger.js';

const NONE = { active: false, any: false };
const ENDED = { active: false, any: true };
const SOME = { active: true, any: true };

test.each([
  ['auto', '127.0.0.1', NONE, 'open-until-keys', 1],
  ['auto', 'localhost', NONE, 'open-until-keys', 1],
  ['auto', '127.0.0.1', ENDED, 'closed', 1],
  ['auto', '127.0.0.1', SOME, 'closed', 0],
  ['auto', '0.0.0.0', SOME, 'closed', 0],
  ['auto', '0.0.0.0', NONE, 'refused', 0],
  ['auto', '0.0.0.0', ENDED, 'refused', 0],
  ['auto', 'desk.example', NONE, 'refused', 0],
  ['required', '127.0.0.1', NONE, 'closed', 1],
  ['required', '0.0.0.0', NONE, 'closed', 1],
  ['required', '0.0.0.0', SOME, 'closed', 0],
  ['open', '127.0.0.1', SOME, 'open', 1],
  ['open', '0.0.0.0', NONE, 'open', 1],
] as const)('%s on %s with %j is %s, in %i warnings', (mode, host, presence, expected, warnings) => {
  const lines: string[] = [];
  const logger = createLogger('warn', { write: (line: string) => lines.push(line) });
  const settle = () => settleDoor({ mode, host, certificates: false }, presence, logger);
  if (expected === 'refused') {
    expect(settle).toThrow(AccessPolicyError);
    expect(settle).toThrow('dtms keys create');
  } else expect(settle()).toBe(expected);
  expect(lines).toHaveLength(warnings);
});

test.each([
  ['auto', ENDED],
  ['required', NONE],
] as const)('%s with %j says who is let in', (mode, presence) => {
  const said = (certificates: boolean) => {
    const lines: string[] = [];
    const logger = createLogger('warn', { write: (line: string) => lines.push(line) });
    settleDoor({ mode, host: '127.0.0.1', certificates }, presence, logger);
    return lines.join('');
  };
  expect(said(false)).toContain('every call is refused');
  expect(said(true)).not.toContain('every call is refused');
  expect(said(true)).toContain('a certificate named in tls.clientScopes');
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.example.org', false],
])('%s is on this machine only: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
