// Owns the policies as JSON text and back.
import Type, { type Static } from 'typebox';
import { DIRECTIONS } from '../../domain/market/direction.js';
import type { Policy } from '../../domain/policy/policy.js';
import type { PolicyBook } from '../../domain/policy/policy-book.js';
import { AHEAD } from '../../domain/policy/protective-rules.js';
import { ACTION_TYPES } from '../../domain/trade/action-specs.js';
import { bodyReader, flag, format, int64, number, numberOrNull, oneOf, text } from './body.js';

const when = oneOf(['always', 'losing', 'winning']);
const rule1 = Type.Union([
  Type.Object({ kind: Type.Literal('chandelier'), atrs: number }),
  Type.Object({ kind: Type.Literal('atr_trail'), atrs: number }),
  Type.Object({
    kind: Type.Literal('step_locks'),
    steps: Type.Array(Type.Object({ atR: number, lockR: number })),
  }),
  Type.Object({ kind: Type.Literal('breakeven'), atR: number, bufferR: number }),
  Type.Object({ kind: Type.Literal('loss_stop'), atR: number }),
  Type.Object({ kind: Type.Literal('time_stop'), bars: number, when }),
  Type.Object({ kind: Type.Literal('close_before'), what: oneOf(AHEAD), minutes: number, when }),
  Type.Object({ kind: Type.Literal('size_down'), bars: number, keep: number }),
  Type.Object({
    kind: Type.Literal('targets'),
    targets: Type.Array(Type.Object({ atR: number, share: number })),
  }),
]);
const maybe = Type.Optional(number);

const policy1 = Type.Object({
  name: text,
  version: number,
  description: text,
  priority: number,
  scope: Type.Object({
    accounts: Type.Array(text),
    symbols: Type.Array(text),
    magicNumbers: Type.Array(int64),
    labels: Type.Array(text),
    directions: Type.Array(oneOf(DIRECTIONS)),
  }),
  mode: oneOf(['enforce', 'observe']),
  plan: Type.Object({
    states: oneOf(['on', 'off']),
    leftOut: Type.Array(oneOf(ACTION_TYPES)),
    numbers: Type.Object({
      states: Type.Object({
        l1Score: maybe,
        l1ClearScore: maybe,
        l2Score: maybe,
        l2ClearScore: maybe,
        hedgeScore: maybe,
        recoverScore: maybe,
        flatTimerMs: maybe,
        recoveryTimerMs: maybe,
      }),
      actions: Type.Object({
        tightenR: maybe,
        partialClose: maybe,
        hedgeRatio: maybe,
        hedgeStopAtr: maybe,
        fallbackStopAtr: maybe,
        reAdd: maybe,
      }),
    }),
  }),
  rules: Type.Array(rule1),
  riskAtrs: numberOrNull,
});

const policies1 = Type.Object({
  revision: number,
  entries: Type.Array(
    Type.Object({ name: text, latest: number, isDeleted: flag, versions: Type.Array(policy1) }),
  ),
});

function policyOf(body: Static<typeof policy1>): Policy {
  const { scope } = body;
  return { ...body, scope: { ...scope, magicNumbers: scope.magicNumbers.map(BigInt) } };
}

/** The book encodePolicies() wrote. @throws UnreadableBodyError */
export const decodePolicies = bodyReader<PolicyBook>('book of policies', [
  format(policies1, ({ revision, entries }) => ({
    revision,
    entries: entries.map((entry) => ({ ...entry, versions: entry.versions.map(policyOf) })),
  })),
]);

export function encodePolicies(book: PolicyBook): string {
  return JSON.stringify(book, storable);
}

/** A policy as its text in the book. */
export function encodePolicy(policy: Policy): string {
  return JSON.stringify(policy, storable);
}

function storable(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
