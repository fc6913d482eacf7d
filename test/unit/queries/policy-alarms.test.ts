// Alarms of policies: whoever has active trades that nothing defends is told, and nobody else.
import { expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { policyAlarms } from '../../../src/queries/policy-alarms.js';
import { NO_PLAN, policyOf } from '../../support/policies.js';
import { specOf, T0 } from '../../support/trades.js';

const LABELS = ['watched', 'bare', 'guarded', 'planned', 'other'];

function engineOf(): Engine {
  const engine = new Engine(DEFAULT_RULES);
  const chandelier = { kind: 'chandelier', atrs: 2 } as const;
  const terms = [
    policyOf({ name: 'watched', mode: 'observe', rules: [chandelier] }),
    policyOf({ name: 'bare', plan: NO_PLAN }),
    policyOf({ name: 'guarded', plan: NO_PLAN, rules: [chandelier] }),
    policyOf({ name: 'planned' }),
  ];
  for (const each of terms)
    engine.policies.upsert({ ...each, scope: { ...each.scope, labels: [each.name] } }, () => true);
  for (const [index, label] of LABELS.entries())
    engine.register(specOf({ ticket: BigInt(index + 1), label }), T0);
  return engine;
}

const told = (engine: Engine, isObserved = () => false) =>
  policyAlarms(engine, ['demo'], isObserved).map(({ kind, text, command }) => [kind, text, command]);

it('tells of trades that are only observed, and of those nothing is decided about, for as long as they are active', () => {
  const engine = engineOf();
  expect(told(engine)).toEqual([
    [
      'POLICY_OBSERVING',
      'policy watched 1 only observes: it decides and sends nothing, and demo has 1 active trade of it',
      'dtms policies show watched --number 1',
    ],
    [
      'POLICY_OBSERVING',
      'policy bare 1 has neither the plan nor rules: nothing is decided, and demo has 1 active trade of it',
      'dtms policies show bare --number 1',
    ],
  ]);
  for (const ticket of [1n, 2n]) engine.close({ account: 'demo', ticket }, 'REQUESTED', null, T0);
  expect(told(engine)).toEqual([]);
});

it('says nothing twice: where all of an account is only observed another alarm does', () => {
  expect(told(engineOf(), () => true)).toEqual([]);
  expect(told(new Engine(DEFAULT_RULES))).toEqual([]);
});

it('a registration tells which policies only observe it, and nothing where none does', () => {
  const engine = engineOf();
  const registered = engine
    .drain()
    .events.flatMap(({ trade, change }) =>
      change.kind === 'registered' ? [[trade.spec.label, change.observing]] : [],
    );
  expect(registered).toEqual(
    LABELS.map((label) => [label, label === 'watched' ? [{ name: 'watched', version: 1 }] : undefined]),
  );
});
