// Each transition of a rollout is a notice, once, in their order, whoever wrote it: people hear of a way back as of a warning.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NoticeSeverity } from '../../../gen/ts/dtms/v1/notice_service.js';
import { loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { NewRolloutStep } from '../../../src/store/rollouts.js';
import { Store } from '../../../src/store/store.js';
import { eventually } from '../../support/eventually.js';
import { NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET } from '../../support/notice-service.js';

let receiver: NoticeReceiver;
let service: NoticeService;
let store: Store;
beforeAll(async () => {
  receiver = await NoticeReceiver.up();
  const plan = {
    channels: [{ name: 'ops', kind: 'webhook', url: receiver.url }],
    rules: [{ name: 'rollouts', kinds: ['ROLLOUT_STEP'], channels: ['ops'] }],
  };
  service = await NoticeService.start(plan, { DTMS_NOTICES_OPS_SECRET: SECRET });
  // As `dtms rollout` has it: beside the servers, on their database.
  const { url } = service.database;
  const config = loadConfig({ env: {}, overrides: { database: { url } } });
  store = await Store.open(url, config, createLogger('silent'));
});
afterAll(async () => {
  await store.close();
  await service.end();
  await receiver.stop();
});

const step = (what: string, status: string, end: NewRolloutStep['end'] = 'goes on'): NewRolloutStep => ({
  decider: 'plan',
  by: 'ann',
  what,
  findings: [],
  state: { status },
  end,
});

const told = async () => {
  const { notices } = await service.client.listNotices({ kinds: ['ROLLOUT_STEP'] });
  return notices.toReversed().map(({ text, severity }) => [text, NoticeSeverity[severity]]);
};

test('each transition reaches people, once', async () => {
  const { rollouts } = store;
  const body = { plan: { steps: [] }, groups: { blue: [], green: [] } };
  const id = (await rollouts.begin(body, step('begun', 'RUNNING'))) ?? 0;
  await rollouts.append(id, 1, step('to be rolled back: calls failed', 'ROLLING_BACK'));
  await rollouts.append(id, 2, step('rolled back, verify: well', 'ROLLED_BACK', 'ends'));
  const expected = [
    [`rollout ${id}, step 1: begun (ann)`, 'INFO'],
    [`rollout ${id}, step 2: to be rolled back: calls failed (ann)`, 'WARNING'],
    [`rollout ${id}, step 3: rolled back, verify: well (ann)`, 'WARNING'],
  ];
  await eventually(async () => expect(await told()).toEqual(expected));
  await eventually(() => expect(receiver.received).toHaveLength(3));
  // Whoever begins anew looks at the same transitions.
  await service.stop();
  await service.boot();
  const next = (await rollouts.begin(body, step('begun', 'RUNNING'))) ?? 0;
  await eventually(async () =>
    expect(await told()).toEqual([...expected, [`rollout ${next}, step 1: begun (ann)`, 'INFO']]),
  );
});
