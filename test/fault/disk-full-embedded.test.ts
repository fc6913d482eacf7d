// The real thing: the disk of the embedded database fills up, Postgres may die of it, and all of it works again once
// there is space. Needs the right to mount a small disk of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Direction, DtmsCallError, DtmsClient } from '../../src/client/index.js';
import { until } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';

const FULL_MS = 10_000;
const DISK = 'size=220m,mode=755';

const mounts =
  process.getuid?.() === 0 && existsSync('/proc/mounts') && spawnSync('mount', ['-V']).status === 0;
let server: ServerProcess;
let mounted = false;
beforeAll(async () => {
  if (!mounts) return;
  server = await ServerProcess.create();
  mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', server.dataDir]).status === 0;
  if (mounted) await server.start();
});
afterAll(async () => {
  if (!mounts) return;
  await server.stop();
  if (mounted) execFileSync('umount', [server.dataDir]);
  rmSync(server.dataDir, { recursive: true, force: true });
});

/** Leaves not a byte. */
function fill(path: string): void {
  spawnSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=64k', 'status=none']);
  spawnSync('dd', ['if=/dev/zero', `of=${path}.rest`, 'bs=1', 'count=65536', 'status=none']);
}

it.skipIf(!mounts)('lives through a full disk and takes writes again', async (context) => {
  // Only a disk that is really full fails as one does, and not everybody may mount it.
  if (!mounted) return context.skip('no disk can be mounted here');
  const client = new DtmsClient({ address: server.address, breaker: 'off' });
  let ticket = 0n;
  const register = (retryMs: number) => {
    ticket += 1n;
    const trade = {
      account: 'disk',
      ticket,
      symbol: 'EURUSD',
      direction: Direction.BUY,
      entryPrice: 1,
      volume: 1,
    };
    return client.registerTrade(
      { trade: { ...trade, label: 'x'.repeat(60) } },
      { retryMs, deadlineMs: 30_000 },
    );
  };
  const acknowledged: bigint[] = [];
  await register(0);
  const ballast = join(server.dataDir, 'ballast');
  fill(ballast);
  let refused = 0;
  // What space there is inside the database's own files may last a while.
  await until('the database refuses writes', async () => {
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        try {
          acknowledged.push((await register(0)).trade?.ticket ?? 0n);
        } catch (error) {
          expect(error).toBeInstanceOf(DtmsCallError);
          refused += 1;
        }
      }),
    );
    return refused > 0;
  });
  for (const end = performance.now() + FULL_MS; performance.now() < end; await sleep(100)) {
    await register(0).then(
      ({ trade }) => acknowledged.push(trade?.ticket ?? 0n),
      (error: unknown) => expect(error).toBeInstanceOf(DtmsCallError),
    );
    expect(server.ended, server.output).toBeNull();
  }
  rmSync(ballast);
  rmSync(`${ballast}.rest`, { force: true });
  const last = await register(60_000);
  expect(last.trade?.ticket).toBe(ticket);
  expect(refused).toBeGreaterThan(0);
  expect(server.ended, server.output).toBeNull();
  for (const known of acknowledged) {
    const { trade } = await client.getTrade({ account: 'disk', ticket: known });
    expect(trade?.ticket).toBe(known);
  }
  client.close();
});
