// Mutated protobuf messages to every method: the process lives, others are served, every answer is typed,
// names its call and shows nothing of the inside; and what was written can be read after a restart.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { framed } from '../support/raw-reader.js';
import { Bystander, quantile, type Series } from '../support/security/bystander.js';
import { registering } from '../support/security/honest.js';
import { Judge } from '../support/security/judge.js';
import { makerOf } from '../support/security/maker.js';
import { mutate } from '../support/security/mutations.js';
import { Dice } from '../support/security/random.js';
import { METHODS, pathOf, sampleOf } from '../support/security/samples.js';
import { FULL, LONG, SEED, tries } from '../support/security/scale.js';
import { Target } from '../support/security/target.js';
import { WireClient } from '../support/security/wire-client.js';

const FRAMES = tries({ full: 1_000_000, short: 4_000 });
/** Callers at a time: a connection of the server has 100 streams at most. */
const CALLERS = 48;
/** A stream that was accepted is left after this. */
const LEAVE_MS = 20;
const MEGABYTE = 1024 * 1024;

let target: Target;
let client: WireClient;
let maker: Awaited<ReturnType<typeof makerOf>>;

beforeAll(async () => {
  // Open for good: one of the mutations makes an API key, and the server would want one from then on.
  target = await Target.start({ logLevel: 'warn', env: { DTMS_ACCESS_MODE: 'open' } });
  client = new WireClient(target.address);
  maker = await makerOf(target);
});

afterAll(async () => {
  client?.close();
  await target?.end();
});

type Kind = 'mutated' | 'well-formed';

/** The frame of this number: the same for the same seed, whatever came before it. */
function frameOf(index: number, kind: Kind) {
  const dice = new Dice(SEED + index);
  const method = dice.pick(METHODS);
  if (kind === 'well-formed') return { method, mutation: 'none', bytes: sampleOf(method, dice) };
  const other = dice.pick(METHODS);
  const { name, bytes } = mutate(sampleOf(method, dice), sampleOf(other, dice), dice);
  return { method, mutation: name, bytes };
}

async function fire(index: number, kind: Kind, judge: Judge): Promise<void> {
  const { method, mutation, bytes } = frameOf(index, kind);
  const correlationId = `frame-${index}`;
  const path = pathOf(method);
  const streaming = method.methodKind !== 'unary';
  // Keys are asked for by who may make them and by who may not.
  const keyless = index % 2 === 1;
  const answer = await client.call(path, framed(bytes), {
    headers: { 'x-correlation-id': correlationId, ...(keyless ? {} : maker(path)) },
    ...(streaming ? { leaveAfterMs: LEAVE_MS } : {}),
  });
  judge.judge(
    answer,
    { correlationId, mayBeLeft: streaming, ...(keyless ? { keyless: path } : {}) },
    () =>
      `seed ${SEED}, frame ${index}, ${mutation} of ${path}, ${bytes.length} bytes: ${bytes.subarray(0, 400).toString('hex')}`,
  );
}

async function attack(from: number, to: number, kind: Kind, judge: Judge): Promise<void> {
  let next = from;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < to && target.alive) {
        const index = next;
        next += 1;
        await fire(index, kind, judge);
      }
    }),
  );
}

const ms = (series: Series) => `${quantile(series, 0.99).toFixed(1)} ms`;

test(
  `${FRAMES} mutated frames`,
  async () => {
    const judge = await Judge.of('mutated protobuf frames, all methods', target);
    expect((await registering(client, { account: 'honest', ticket: 1n })).code).toBe(0);
    const bystander = Bystander.start(target.address, { account: 'honest', ticket: 1n });
    // Warm first: what the first calls of a process cost is no effect of an attack.
    await attack(0, Math.ceil(FRAMES / 20), 'mutated', judge);
    await bystander.mark();
    if (FULL) await new Promise((resolve) => setTimeout(resolve, 10_000));
    const quiet = await bystander.mark();
    // The same load of good requests: what is more than that is the mutations' doing.
    const good = await Judge.of('well-formed protobuf frames, all methods', target);
    await attack(0, Math.min(20_000, FRAMES / 4), 'well-formed', good);
    expect(good.findings).toEqual([]);
    const busy = await bystander.mark();
    const before = await target.memory();
    await attack(judge.tried, FRAMES, 'mutated', judge);
    const under = await bystander.end();
    const after = await target.memory();

    const grown = Math.round((after.rss - before.rss) / MEGABYTE);
    const findings = judge.close(
      `seed ${SEED}; ${judge.distribution()}; connections lost ${client.lost}; another caller: ${under.latencies.length} calls, ` +
        `${under.failures.length} failed, p99 ${ms(quiet)} alone, ${ms(busy)} beside as many good requests, ${ms(under)} beside these; memory after: ${grown} MiB more`,
    );
    expect(findings).toEqual([]);
    expect(under.failures).toEqual([]);
    expect(under.latencies.length).toBeGreaterThan(20);
    // Half and half, or the mutations are either all refused or not mutations.
    expect(judge.codes.get('OK') ?? 0).toBeGreaterThan(FRAMES / 50);
    expect(judge.codes.get('INVALID_ARGUMENT') ?? 0).toBeGreaterThan(FRAMES / 4);
    expect(target.log().filter(({ severity }) => severity === 'ERROR')).toEqual([]);

    await target.restart();
    client.close();
    client = new WireClient(target.address);
    expect((await registering(client, { account: 'honest', ticket: 2n })).code).toBe(0);
  },
  LONG,
);
