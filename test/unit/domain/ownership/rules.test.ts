// The ownership section of the configuration: what it lets through and what it refuses.
import { describe, expect, it } from 'vitest';
import { mergeRules } from '../../../../src/config/rules.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';

function problems(ownership: unknown): readonly string[] {
  const found: string[] = [];
  mergeRules([{ ownership }], found);
  return found;
}

describe('the ownership rules', () => {
  it('take further managers beside the known ones', () => {
    const found: string[] = [];
    const rules: Rules = mergeRules([{ ownership: { managers: { scalper: 150 } } }], found);
    expect(found).toEqual([]);
    expect(rules.ownership.managers).toEqual({ ...DEFAULT_RULES.ownership.managers, scalper: 150 });
  });

  it.each([
    [{ managers: { dtms_manager: 1 } }, 'rules.ownership.managers.dtms_manager: is DTMS itself'],
    [{ managers: { 'My Bot': 1 } }, 'rules.ownership.managers.My Bot: must be 1 to 48 of a-z'],
    [{ managers: { scalper: 400 } }, 'rules.ownership.managers.scalper: 400 must be below dtmsDefensive'],
    [{ managers: { scalper: 'high' } }, 'rules.ownership.managers.scalper: must be a number'],
    [{ managers: { scalper: -1 } }, 'rules.ownership.managers.scalper: must not be negative'],
    [{ dtmsOtherwise: 400 }, 'rules.ownership.dtmsOtherwise: 400 must be below dtmsDefensive'],
    [{ leaseMs: 0 }, 'rules.ownership.leaseMs: must be a whole number from 1 to maximumLeaseMs 30000'],
    [{ leaseMs: 40_000 }, 'rules.ownership.leaseMs: must be a whole number from 1'],
    [{ maximumLeaseMs: 60_001 }, 'rules.ownership.maximumLeaseMs: must be a whole number of at most 60000'],
    [{ leaseMsec: 1 }, 'rules.ownership.leaseMsec: is not a setting'],
  ])('refuse %j', (ownership, problem) => {
    expect(problems(ownership)).toEqual([expect.stringContaining(problem)]);
  });
});
