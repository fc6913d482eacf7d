// The Go stubs and their example, where Go is installed: current, compiled, vetted, and run against a real
// server.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import {
  ActionStatus,
  Direction,
  DtmsClient,
  type TradeEvent,
  TradeState,
} from '../../../src/client/index.js';
import { packageRoot } from '../../../src/package-files.js';
import { startService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ServerProcess } from '../../support/server-process.js';
import { TestServers } from '../../support/servers.js';

const root = packageRoot();
const STUBS = join(root, 'clients', 'go');
const EXAMPLE = join(root, 'docs', 'examples', 'go');
const KILLS = Number(process.env.DTMS_KILLS ?? 2);
const present = spawnSync('go', ['version']).status === 0;
const execute = promisify(execFile);

beforeEach((context) => {
  // The stubs are committed; only a Go compiler shows that they build.
  if (!present) context.skip('needs Go');
});

test('the committed Go stubs are what the protos generate', async () => {
  const { stdout } = await execute(process.execPath, [join(root, 'scripts', 'go-stubs.mjs'), '--check']);
  expect(stdout).toContain('is up to date');
}, 300_000);

let building: Promise<string> | undefined;
/** The example as a program, built once. */
function built(): Promise<string> {
  building ??= build();
  return building;
}

async function build(): Promise<string> {
  const tools = join(root, 'build', 'tools');
  mkdirSync(tools, { recursive: true });
  const program = join(tools, 'registerandwatch');
  await execute('go', ['build', '-o', program, '.'], { cwd: EXAMPLE });
  return program;
}

test('the Go example registers a trade, watches its account, and says what was refused', async () => {
  const program = await built();
  // The example is one package, which that has compiled.
  await execute('go', ['build', './...'], { cwd: STUBS });
  for (const cwd of [STUBS, EXAMPLE]) await execute('go', ['vet', './...'], { cwd });

  const service = await startService();
  const { address } = service;
  const child = spawn(program, ['-server', address, '-account', 'go', '-ticket', '9']);
  try {
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const printed = async (text: string) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended without "${text}":\n${output}`);
        await sleep(20);
      }
    };
    await printed('these were all at revision');
    expect(output).toContain('registered: 9 at revision');
    expect(output).toContain('9 is TRADE_STATE_HEALTHY');
    await service.client.closeTrade({ account: 'go', ticket: 9n });
    await printed('9 state_changed, TRADE_STATE_CLOSED');
    const ended = once(child, 'close');
    child.kill('SIGINT');
    const [code]: (number | null)[] = await ended;
    expect(code, output).toBe(0);

    const refused = await execute(program, ['-server', address, '-ticket', '-1']).catch(
      (error: { stderr: string }) => error,
    );
    expect(refused.stderr).toContain('INVALID_FIELD');
    expect(refused.stderr).toContain('trade.ticket');
  } finally {
    child.kill('SIGKILL');
    await service.end();
  }
}, 300_000);

test('its bridge does what is decided through any of two servers, and goes on when the one that leads stops', async () => {
  const program = await built();
  const servers = await TestServers.start(2, { access: { mode: 'open' } });
  const addresses = servers.apps.map(({ grpcAddress }) => grpcAddress).join(',');
  const client = new DtmsClient({ address: servers.at(1).grpcAddress, defaults: { retryMs: 30_000 } });
  const bridges = [1n, 2n].map((ticket) =>
    spawn(program, [
      '-server',
      addresses,
      '-account',
      `go-${ticket}`,
      '-ticket',
      `${ticket}`,
      '-bridge',
      'b1',
    ]),
  );
  const errors: string[] = [];
  for (const { stderr } of bridges)
    createInterface({ input: stderr }).on('line', (line) => errors.push(line));
  const closes = async (ticket: bigint) => {
    const account = `go-${ticket}`;
    // Refused while no bridge is heard of, or nothing is registered.
    await eventually(() => client.closePosition({ account, tickets: [ticket], by: 'ann', reason: 'a test' }));
    const { events } = await eventually(async () => {
      const page = await client.listTradeEvents({ filter: { account, tickets: [ticket] } });
      expect(page.events.at(-1)?.state).toBe(TradeState.CLOSED);
      return page;
    });
    expect(await client.listActions({ account })).toMatchObject({
      actions: [{ action: { status: ActionStatus.DONE, attempts: 1 } }],
    });
    return events;
  };
  try {
    await closes(1n);
    await servers.stop(servers.at(0));
    await closes(2n);
    // Void where no stream was broken.
    expect(errors.filter((line) => line.startsWith('interrupted'))).not.toEqual([]);
    const ended = bridges.map((bridge) => once(bridge, 'close'));
    for (const bridge of bridges) bridge.kill('SIGINT');
    expect(await Promise.all(ended)).toEqual([
      [0, null],
      [0, null],
    ]);
  } finally {
    for (const bridge of bridges) bridge.kill('SIGKILL');
    client.close();
    await servers.end();
  }
});

test(
  'its watch outlives kill -9: every change is told once, in order, and none is left out',
  async () => {
    const program = await built();
    const server = await ServerProcess.create();
    await server.start();
    const client = new DtmsClient({ address: server.address, defaults: { retryMs: 60_000 } });
    const child = spawn(program, ['-server', server.address, '-account', 'killed', '-ticket', '1']);
    const told: string[] = [];
    let breaks = 0;
    const lines = createInterface({ input: child.stdout });
    const begun = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('these were all')) resolve();
        if (/^\d+: /.test(line)) told.push(line);
      });
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('interrupted')) breaks += 1;
    });
    try {
      await begun;
      const acknowledged: bigint[] = [];
      let over = false;
      const writing = (async () => {
        for (let ticket = 2n; !over; ticket += 1n) {
          const { revision } = await client.registerTrade({ trade: { ...SPEC, ticket } });
          acknowledged.push(revision);
          await sleep(10);
        }
      })();
      const more = async () => {
        const enough = acknowledged.length + 10;
        while (acknowledged.length < enough) await sleep(20);
      };
      for (let kill = 0; kill < KILLS; kill += 1) {
        await more();
        await server.kill();
        await server.start();
      }
      await more();
      over = true;
      await writing;
      const last = String(acknowledged.at(-1));
      while (!told.some((line) => line.startsWith(`${last}: `))) await sleep(20);

      const log = await eventsOf(client, 'killed');
      expect(told).toEqual(log.slice(1).map(({ revision, ticket }) => lineOf(revision, ticket)));
      for (const revision of acknowledged) expect(log.map((event) => event.revision)).toContain(revision);
      // Void when the watch was never broken.
      expect(breaks).toBeGreaterThanOrEqual(KILLS);
    } finally {
      child.kill('SIGKILL');
      client.close();
      await server.remove();
    }
  },
  (KILLS * 40 + 180) * 1000,
);

const SPEC = {
  account: 'killed',
  symbol: 'XAUUSDc',
  direction: Direction.SELL,
  entryPrice: 2650.4,
  volume: 0.5,
  stopLoss: 2660,
};

const lineOf = (revision: bigint, ticket: bigint): string =>
  `${revision}: ${ticket} registered, TRADE_STATE_HEALTHY`;

async function eventsOf(client: DtmsClient, account: string): Promise<TradeEvent[]> {
  const events: TradeEvent[] = [];
  let pageToken = '';
  do {
    const page = await client.listTradeEvents({ filter: { account }, pageSize: 1000, pageToken });
    events.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return events;
}
