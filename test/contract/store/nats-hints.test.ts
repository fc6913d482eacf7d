// Hints by NATS: what the leader tells is heard by every other server; NATS that is not there, goes away or comes back
// costs nothing. On a real nats-server, where there is one.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../src/store/embedded/cluster.js';
import type { Hint } from '../../../src/store/hints.js';
import { NatsHints } from '../../../src/store/nats-hints.js';
import { Store } from '../../../src/store/store.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { EMPTY_BATCH } from '../../support/stored.js';
import { SILENT, testConfig } from './fixtures.js';

const BINARY = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'].find(
  existsSync,
);
const PASSWORD = 'of-a-test';

describe.skipIf(BINARY === undefined)('hints by NATS (skipped without a nats-server on this machine)', () => {
  let port: number;
  let server: ChildProcess | undefined;
  beforeAll(async () => {
    port = await freePort();
  });
  afterAll(() => stopNats());

  async function startNats(): Promise<void> {
    const args = ['-a', '127.0.0.1', '-p', String(port), '--user', 'dtms', '--pass', PASSWORD];
    server = spawn(String(BINARY), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const { stderr } = server;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      stderr?.on('data', (chunk: Buffer) => {
        said += String(chunk);
        if (said.includes('Server is ready')) resolve();
      });
      server?.once('exit', () => reject(new Error(said)));
    });
  }

  async function stopNats(): Promise<void> {
    const ended = server;
    server = undefined;
    if (ended === undefined) return;
    const gone = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGKILL');
    await gone;
  }

  const settings = (subject: string, password = PASSWORD) => ({
    url: `nats://dtms:${password}@127.0.0.1:${port}`,
    subject,
  });

  /** One end, and what it heard. */
  function end(subject: string, password = PASSWORD) {
    const heard: Hint[] = [];
    const hints = new NatsHints(settings(subject, password), SILENT, (what) => heard.push(what));
    onTestFinished(() => hints.close());
    hints.start();
    return { hints, heard };
  }

  test('that is not there yet is waited for; then each hint is heard, and again after it was away', async () => {
    const [one, other] = [end('hints'), end('hints')];
    // Nobody hears it, and nothing is kept of it.
    one.hints.tell('log');
    expect(other.heard).toEqual([]);
    for (const round of ['first', 'again']) {
      await startNats();
      // Some may have been missed before.
      await eventually(() => expect([one.heard, other.heard], round).toEqual([['log'], ['log']]));
      one.hints.tell('lead is free');
      await eventually(() => expect(other.heard).toEqual(['log', 'lead is free']));
      one.hints.tell('log');
      await eventually(() => expect(other.heard).toEqual(['log', 'lead is free', 'log']));
      await stopNats();
      one.hints.tell('log');
      one.heard.length = 0;
      other.heard.length = 0;
    }
  });

  test('of another subject is not heard, and with a wrong password there are none', async () => {
    await startNats();
    const [one, same, another, wrong] = [
      end('a.hints'),
      end('a.hints'),
      end('b.hints'),
      end('a.hints', 'wrong'),
    ];
    await eventually(() =>
      expect([one.heard, same.heard, another.heard]).toEqual([['log'], ['log'], ['log']]),
    );
    one.hints.tell('lead is free');
    await eventually(() => expect(same.heard).toEqual(['log', 'lead is free']));
    expect(another.heard).toEqual(['log']);
    expect(wrong.heard).toEqual([]);
    await stopNats();
  });

  test('reaches whoever follows a store, and tells of its commits; a store without NATS works', async () => {
    await startNats();
    const database: TestDatabase = await createDatabase();
    const open = async (subject: string) => {
      const store = await Store.open(database.url, { ...testConfig(), nats: settings(subject) }, SILENT);
      onTestFinished(() => store.close());
      return store;
    };
    const outside = end('store.hints');
    const [leader, follower] = [await open('store.hints'), await open('store.hints')];
    let hinted = 0;
    follower.onHint(() => {
      hinted += 1;
    });
    await eventually(() => expect(outside.heard).toEqual(['log']));
    await eventually(() => expect(hinted).toBeGreaterThan(0));
    const before = hinted;
    // Nothing was written: only NATS can have told it.
    outside.hints.tell('log');
    await eventually(() => expect(hinted).toBeGreaterThan(before));
    const leadership = await leader.lead({ onLost: () => undefined });
    outside.heard.length = 0;
    await leadership.writer.commit(EMPTY_BATCH);
    await eventually(() => expect(outside.heard).toContain('log'));
    await stopNats();
    const known = hinted;
    await leadership.writer.commit(EMPTY_BATCH);
    await eventually(() => expect(hinted).toBeGreaterThan(known));
    await leadership.release();
    await database.drop();
  });
});
