// Who is let in, and whose streams are ended.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { apiKeyText, newApiKey } from '../../../src/access/api-key.js';
import { Gate, type GateOptions } from '../../../src/access/gate.js';
import type { Principal } from '../../../src/access/principal.js';
import { SCOPES } from '../../../src/contract/scopes.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { createLogger } from '../../../src/observability/logger.js';
import { eventually } from '../../support/eventually.js';
import { metadataOf } from '../../support/grpc.js';
import { keyPair, MemoryKeys } from '../../support/keys.js';

function gateOf(door: GateOptions['door'] = 'closed', more: Partial<GateOptions> = {}) {
  const keys = new MemoryKeys();
  const gate = new Gate(keys, { door, lookMs: 5, recordUseMs: 5, ...more }, createLogger('silent'));
  gate.start();
  onTestFinished(() => gate.stop());
  return { keys, gate };
}

const visitor = (text?: string) => ({
  metadata: metadataOf(text === undefined ? {} : { 'x-api-key': text }),
  peer: '10.0.0.7:4711',
});

/** What a refusal tells its caller. */
async function refusal(admit: () => Principal | Promise<Principal>): Promise<unknown> {
  try {
    await admit();
  } catch (error) {
    if (error instanceof DtmsError) return { message: error.message, metadata: error.metadata };
    throw error;
  }
  throw new Error('it was let in');
}

/** A stream that tells what ended it. */
function stream(gate: Gate, principal: Principal): Promise<unknown> {
  return new Promise((resolve) => {
    gate.watch({ principal, end: (error) => resolve(error.metadata.cause) });
  });
}

describe('a key', () => {
  test('is known by its id, name, scopes and accounts', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair({ name: 'desk', scopes: ['BRIDGE'], accounts: ['a', 'b'] });
    keys.put(stored);
    expect(await gate.admit(visitor(text))).toEqual({
      kind: 'key',
      id: stored.keyId,
      name: 'desk',
      scopes: new Set([Scope.BRIDGE]),
      accounts: new Set(['a', 'b']),
      feeds: null,
    });
  });

  test.each(SCOPES.map((scope) => [Scope[scope], scope] as const))(
    'with %s may do that, and administrators may read',
    async (name, scope) => {
      const { keys, gate } = gateOf();
      const { stored, text } = keyPair({ scopes: [name] });
      keys.put(stored);
      const { scopes } = await gate.admit(visitor(text));
      expect(scopes).toEqual(new Set(scope === Scope.ADMIN ? [Scope.ADMIN, Scope.READ] : [scope]));
    },
  );

  test('costs no turn and no object once it is remembered', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair();
    keys.put(stored);
    const first = await gate.admit(visitor(text));
    expect(gate.admit(visitor(text))).toBe(first);
    expect(keys.looks).toBe(1);
  });

  test('that is unknown, has another secret, or is no key is refused in the same words', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair();
    keys.put(stored);
    const forged = apiKeyText({ keyId: stored.keyId, secret: newApiKey().secret });
    const told = await Promise.all(
      [apiKeyText(newApiKey()), forged, `${text}x`, ''].map((each) =>
        refusal(() => gate.admit(visitor(each))),
      ),
    );
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(told[0]).toMatchObject({ metadata: { cause: 'invalid' } });
  });

  test('that was proven lets nobody in who differs in one character', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair();
    keys.put(stored);
    const first = await gate.admit(visitor(text));
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'a' ? 'b' : 'a';
      const forged = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
      expect(await refusal(() => gate.admit(visitor(forged)))).toMatchObject({
        metadata: { cause: 'invalid' },
      });
    }
    for (const forged of [`${text}a`, text.slice(0, -1), text.slice(0, 17)]) {
      expect(await refusal(() => gate.admit(visitor(forged)))).toMatchObject({
        metadata: { cause: 'invalid' },
      });
    }
    expect(gate.admit(visitor(text))).toBe(first);
  });

  test('that was proven ends with the look-up it was proven against', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair();
    keys.put(stored);
    await gate.admit(visitor(text));
    keys.put({ ...stored, revokedAt: 1 });
    vi.advanceTimersByTime(4000);
    expect(await refusal(() => gate.admit(visitor(text)))).toMatchObject({ metadata: { cause: 'revoked' } });
  });

  test('that was proven ends when its time does', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair({ remainingMs: 50 });
    keys.put(stored);
    await gate.admit(visitor(text));
    vi.advanceTimersByTime(50);
    expect(await refusal(() => gate.admit(visitor(text)))).toMatchObject({ metadata: { cause: 'expired' } });
  });

  test('that ended is told so only to whoever has its secret', async () => {
    const { keys, gate } = gateOf();
    const revoked = keyPair({ revokedAt: 1 });
    const expired = keyPair({ remainingMs: 0 });
    keys.put(revoked.stored, expired.stored);
    const cause = (text: string) => refusal(() => gate.admit(visitor(text)));
    expect(await cause(revoked.text)).toMatchObject({ metadata: { cause: 'revoked' } });
    expect(await cause(expired.text)).toMatchObject({ metadata: { cause: 'expired' } });
    const { secret } = newApiKey();
    for (const { stored } of [revoked, expired]) {
      expect(await cause(apiKeyText({ keyId: stored.keyId, secret }))).toMatchObject({
        metadata: { cause: 'invalid' },
      });
    }
  });

  test('is recorded as used, once for many calls', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair();
    keys.put(stored);
    await Promise.all(Array.from({ length: 9 }, () => gate.admit(visitor(text))));
    await eventually(() => expect(keys.touched).toEqual([[stored.keyId]]));
  });
});

describe('without a key', () => {
  test('nobody passes a closed gate', async () => {
    const { gate } = gateOf();
    expect(await refusal(() => gate.admit(visitor()))).toMatchObject({ metadata: { cause: 'missing' } });
  });

  test('a certificate will do', () => {
    const { gate } = gateOf();
    const certificate: Principal = {
      kind: 'certificate',
      id: 'CN',
      name: 'CN',
      scopes: new Set(),
      accounts: null,
      feeds: null,
    };
    expect(gate.admit({ ...visitor(), certificate })).toBe(certificate);
  });

  test('everybody passes an open one and is known by the address', async () => {
    const { gate } = gateOf('open');
    const anyone = await gate.admit(visitor());
    expect({ ...anyone, id: anyone.id }).toMatchObject({ kind: 'open', id: '10.0.0.7', accounts: null });
    expect(anyone.scopes).toEqual(new Set(SCOPES));
  });

  test('a bad key does not pass an open one', async () => {
    const { gate } = gateOf('open');
    expect(await refusal(() => gate.admit(visitor('x')))).toMatchObject({ metadata: { cause: 'invalid' } });
  });

  test('a gate that is open until there are keys closes with the first, for streams too', async () => {
    const { keys, gate } = gateOf('open-until-keys');
    const ended = stream(gate, await gate.admit(visitor()));
    const { stored, text } = keyPair();
    keys.put(stored);
    expect(await ended).toBe('missing');
    expect(await refusal(() => gate.admit(visitor()))).toMatchObject({ metadata: { cause: 'missing' } });
    // And does not open again: whoever ends the last key wants no more callers.
    const last = stream(gate, await gate.admit(visitor(text)));
    keys.keys.clear();
    // The gate has looked since: it ended the last key's stream.
    expect(await last).toBe('revoked');
    expect(await refusal(() => gate.admit(visitor()))).toMatchObject({ metadata: { cause: 'missing' } });
  });
});

describe('an open stream ends when its key', () => {
  test.each([
    ['is revoked', { revokedAt: 1 }, 'revoked'],
    ['expires', { remainingMs: 0 }, 'expired'],
    ['loses a scope', { scopes: ['READ'] }, 'changed'],
    ['loses an account', { accounts: ['a'] }, 'changed'],
  ])('%s', async (_, change, cause) => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair({ scopes: ['READ', 'BRIDGE'], accounts: ['a', 'b'] });
    keys.put(stored);
    const ended = stream(gate, await gate.admit(visitor(text)));
    keys.put({ ...stored, ...change });
    expect(await ended).toBe(cause);
  });

  test('is not there any more', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair();
    keys.put(stored);
    const ended = stream(gate, await gate.admit(visitor(text)));
    keys.keys.clear();
    expect(await ended).toBe('revoked');
  });

  test('expires while the keys cannot be looked at', async () => {
    const { keys, gate } = gateOf();
    const { stored, text } = keyPair({ remainingMs: 2000 });
    keys.put(stored);
    const find = vi.spyOn(keys, 'find');
    const ended = stream(gate, await gate.admit(visitor(text)));
    // Seen by a look, after the look-up that let it in.
    await eventually(() => expect(find.mock.calls.length).toBeGreaterThan(2));
    find.mockRejectedValue(new Error('away'));
    expect(await ended).toBe('expired');
  });

  test('and not when another key does, nor when the keys cannot be looked at', async () => {
    const { keys, gate } = gateOf();
    const [mine, other] = [keyPair(), keyPair()];
    keys.put(mine.stored, other.stored);
    const ends: string[] = [];
    const principal = await gate.admit(visitor(mine.text));
    const leave = gate.watch({ principal, end: () => ends.push('mine') });
    const ended = stream(gate, await gate.admit(visitor(other.text)));
    vi.spyOn(keys, 'find').mockRejectedValueOnce(new Error('away'));
    keys.put({ ...other.stored, revokedAt: 1 });
    expect(await ended).toBe('revoked');
    expect(ends).toEqual([]);
    leave();
    const last = keyPair();
    keys.put({ ...mine.stored, revokedAt: 1 }, last.stored);
    const lastEnded = stream(gate, await gate.admit(visitor(last.text)));
    keys.put({ ...last.stored, revokedAt: 1 });
    expect(await lastEnded).toBe('revoked');
    expect(ends).toEqual([]);
  });
});
