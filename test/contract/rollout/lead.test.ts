// The lead on the way of a rollout, at real servers: those of a group that do not answer hold it up on no way.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leadBy } from '../../../src/cli/rollout/servers.js';
import { TestServers } from '../../support/servers.js';

const AWAY = { name: 'away', address: '127.0.0.1:1', http: '' };
let servers: TestServers;
beforeAll(async () => {
  servers = await TestServers.start(2);
});
afterAll(() => servers.end());

const server = (index: number) => ({
  name: `server${index}`,
  address: servers.at(index).grpcAddress,
  http: '',
});
const leads = { verdict: 'good', detail: expect.stringContaining('leads') };

test('goes to a server that answers, there and back, although others of its group are away', async () => {
  const groups = { blue: [AWAY, server(0)], green: [AWAY, server(1), AWAY] };
  expect(await leadBy('green', groups, 'ann')).toEqual(leads);
  expect(await leadBy('green', groups, 'ann')).toEqual(leads);
  await servers.at(1).leading;
  expect(await leadBy('blue', groups, 'ann')).toEqual(leads);
});

test('where none of a group answers, it is to be tried again', async () => {
  await expect(leadBy('blue', { blue: [AWAY, AWAY], green: [server(1)] }, 'ann')).rejects.toThrow(
    'no server at',
  );
  await expect(leadBy('blue', { blue: [], green: [server(1)] }, 'ann')).rejects.toThrow('blue has no server');
});
