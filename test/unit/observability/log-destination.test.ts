// Where lines go: a real pipe whose reader is slow, and a terminal.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { spelledControls } from '../../../src/observability/log-controls.js';
import {
  type LogDestination,
  openDestination,
  prettyInto,
} from '../../../src/observability/log-destination.js';
import { createLogger } from '../../../src/observability/logger.js';
import { runs } from '../../support/properties.js';

/** What a terminal may obey; line feeds and tabs are part of a stack. */
const OBEYED = /[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028\u2029]/u;

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** A pipe with both of its ends in this process; neither blocks. */
function pipe(): number {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-log-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  cleanUps.push(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  return descriptor;
}

function readBytes(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  const buffer = Buffer.alloc(65_536);
  for (;;) {
    try {
      chunks.push(Buffer.from(buffer.subarray(0, readSync(descriptor, buffer))));
    } catch {
      return Buffer.concat(chunks);
    }
  }
}

const readAll = (descriptor: number): string => readBytes(descriptor).toString();

test('what is read is what was written, byte for byte, whatever is in the lines and however many wait', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 400 }), { maxLength: 60 }),
      async (texts) => {
        const descriptor = pipe();
        const destination = openDestination(descriptor, 1024 * 1024);
        const written = texts.map((text) => `${JSON.stringify(text)}\n`).join('');
        for (const text of texts) destination.write(`${JSON.stringify(text)}\n`);
        let read = Buffer.alloc(0);
        const readOn = (): string => {
          read = Buffer.concat([read, readBytes(descriptor)]);
          return read.toString();
        };
        await expect.poll(readOn).toBe(written);
        expect(destination.takeLost()).toBe(0);
      },
    ),
    { numRuns: runs(20) },
  );
});

test('a reader that does not read loses lines, counted, and what it gets is whole and in order', async () => {
  const descriptor = pipe();
  const destination = openDestination(descriptor, 256 * 1024);
  const logger = createLogger('info', destination);
  const lines = 20_000;
  let rooms = 0;
  destination.onRoom(() => {
    rooms += 1;
  });
  for (let n = 0; n < lines; n += 1) {
    logger.info({ n }, 'flood');
    if (n % 1000 === 0) await sleep(0);
  }
  let text = '';
  for (let attempt = 0; rooms === 0 && attempt < 500; attempt += 1) {
    text += readAll(descriptor);
    await sleep(20);
  }
  text += readAll(descriptor);
  const read: number[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).n);
  const lost = destination.takeLost();
  expect(lost).toBeGreaterThan(0);
  expect(read.length + lost).toBe(lines);
  expect(read).toEqual([...read].sort((a, b) => a - b));
  expect(rooms).toBe(1);
  expect(destination.takeLost()).toBe(0);
});

test('lines that wait because the disk was full go out by themselves once there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-log-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'log');
  const descriptor = openSync('/dev/full', 'w');
  const destination = openDestination(descriptor, 1024 * 1024);
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
  for (const line of lines) destination.write(line);
  await sleep(50);
  // The lowest number that is free is the one that was closed.
  closeSync(descriptor);
  const roomy = openSync(path, 'w');
  cleanUps.push(() => closeSync(roomy));
  expect(roomy).toBe(descriptor);
  await expect.poll(() => readFileSync(path, 'utf8')).toBe(lines.join(''));
  expect(destination.takeLost()).toBe(0);
});

function collecting(): { readonly texts: string[]; readonly inner: LogDestination } {
  const texts: string[] = [];
  const inner = {
    write: (text: string) => {
      texts.push(text);
    },
    takeLost: () => 0,
    onRoom: () => undefined,
  };
  return { texts, inner };
}

test('a line for a person has its severity, message and fields, in colour only where asked', async () => {
  const { texts, inner } = collecting();
  createLogger('info', await prettyInto(inner, 'plain')).warn(
    { account: 'demo', ticket: 7n },
    'a rail tripped',
  );
  expect(texts.join('')).toMatch(/WARNING.*: a rail tripped\n {4}account: "demo"\n {4}ticket: "7"\n/);
  expect(texts.join('')).not.toContain('\u001b');
  createLogger('info', await prettyInto(inner, 'coloured')).warn('again');
  expect(texts.join('')).toContain('\u001b[');
});

test('a terminal obeys nothing that a caller sent', async () => {
  const { texts, inner } = collecting();
  const pretty = await prettyInto(inner, 'plain');
  const nasty = fc.constantFrom(
    '\r',
    '\u001b]0;x\u0007',
    '\u001b[2J',
    '\u009b2J',
    '\u007f',
    '\u202e',
    '\\',
    '\\u001b',
    'a',
  );
  fc.assert(
    fc.property(fc.array(nasty), (parts) => {
      texts.length = 0;
      const text = parts.join('');
      createLogger('info', pretty).error({ description: text, error: new Error(text) }, 'x');
      expect(texts.join('')).not.toMatch(OBEYED);
    }),
  );
});

test('spelling control characters keeps the JSON readable and every other character as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read: string = JSON.parse(spelledControls(JSON.stringify({ text }))).text;
      expect(read).not.toMatch(OBEYED);
      if (!OBEYED.test(text) && !/\p{Surrogate}/u.test(text)) expect(read).toBe(text);
    }),
  );
});
