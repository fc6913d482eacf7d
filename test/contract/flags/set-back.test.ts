// The flags that a rollout sets on its way back, at a real server: each with the rollout as its reason; what is refused is told,
// and holds up no other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlagState } from '../../../gen/ts/dtms/v1/feature_flag.js';
import { setFlagsBack } from '../../../src/cli/rollout/servers.js';
import { startService, type TestService } from '../../support/app.js';

const AWAY = { name: 'gone', address: '127.0.0.1:1', http: '' };
let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

/** With a server of blue that is away before the one that answers. */
const groups = () => ({
  blue: [AWAY, { name: 'blue1', address: service.address, http: '' }],
  green: [],
});

const shown = async (flag: string, account = '') =>
  (await service.client.listFeatureFlags({ account })).flags.find((each) => each.flag === flag);

test('sets each, with the reason of the rollback, and again to the same', async () => {
  const flags = [
    { flag: 'action.OPEN_HEDGE', state: 'off' },
    { flag: 'enforce', state: 'off', account: 'demo' },
  ] as const;
  for (let time = 0; time < 2; time += 1) {
    const outcome = await setFlagsBack(
      flags,
      `rollout 7: calls\nfailed ${'x'.repeat(300)}`,
      groups(),
      'ann@host',
    );
    expect(outcome).toEqual({ verdict: 'good', detail: 'action.OPEN_HEDGE off, enforce off demo' });
  }
  const hedge = await shown('action.OPEN_HEDGE');
  expect([hedge?.state, (await shown('enforce', 'demo'))?.state, (await shown('enforce'))?.state]).toEqual([
    FlagState.OFF,
    FlagState.OFF,
    FlagState.ON,
  ]);
  expect(hedge?.settings).toHaveLength(1);
  expect(hedge?.settings[0]).toMatchObject({ by: 'ann@host', percent: 100 });
  expect(hedge?.settings[0]?.reason).toMatch(/^rollout 7: calls failed x{200}/);
});

test('tells what is refused, and sets the others', async () => {
  const flags = [
    { flag: 'rest', state: 'off', account: 'demo' },
    { flag: 'adopt-external', state: 'off' },
  ] as const;
  const { verdict, detail } = await setFlagsBack(flags, 'rollout 7: green is bad', groups(), 'ann');
  expect([verdict, detail]).toEqual(['bad', expect.stringContaining('rest: ')]);
  expect((await shown('adopt-external'))?.state).toBe(FlagState.OFF);
});

test('where no server of blue answers, it is to be tried again', async () => {
  const flags = [{ flag: 'enforce', state: 'on' }] as const;
  await expect(setFlagsBack(flags, 'rollout 7', { blue: [AWAY], green: [] }, 'ann')).rejects.toThrow(
    'no server at',
  );
});
