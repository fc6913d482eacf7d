// Three managers, two programs each, race for the stop of one trade over real sockets, with leases so
// short that they end in the middle of things and programs that die with a lease in hand. The log and
// the answers are judged afterwards. DTMS_RACE_SECONDS makes it longer: 30 by hand.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnershipStep } from '../../gen/ts/dtms/v1/event.js';
import { TradeField } from '../../gen/ts/dtms/v1/types.js';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { Direction, DtmsCallError, ErrorReason, type TradeEvent } from '../../src/client/index.js';
import { startService, type TestService } from '../support/app.js';
import { EXIT, SCALPER, UNIVERSAL } from '../support/managers.js';
import { ownershipClient } from '../support/ownership-client.js';
import { type CommitAnswer, judge } from '../support/ownership-judge.js';

const SECONDS = Number(process.env.DTMS_RACE_SECONDS ?? 5);
const MOST_SECONDS = SECONDS * 12;
/** A run with too little traffic proves nothing: a slow machine takes longer to make it. */
const LEAST = 10;
const LEASE_MS = 30;
const MANAGERS = [UNIVERSAL, EXIT, SCALPER];
const PROGRAMS = 2;

let service: TestService;
beforeAll(async () => {
  const managers = { [SCALPER]: 100 };
  service = await startService({ rules: { ownership: { managers, leaseMs: LEASE_MS } } });
});
afterAll(async () => {
  await service.end();
});

async function register(ticket: bigint) {
  const key = { account: 'race', ticket };
  const trade = { ...key, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 1e8, stopLoss: 100 };
  await service.client.registerTrade({ trade: { ...trade, volume: 1 } });
  return key;
}

async function eventsOf(ticket: bigint): Promise<TradeEvent[]> {
  const filter = { account: 'race', tickets: [ticket] };
  const events: TradeEvent[] = [];
  let pageToken = '';
  do {
    const page = await service.client.listTradeEvents({ filter, pageSize: 1000, pageToken });
    events.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return events;
}

/** How often each thing happened. */
class Tally extends Map<string, number> {
  note(what: string): void {
    this.set(what, (this.get(what) ?? 0) + 1);
  }

  refused(during: string, error: unknown): 'refused' | 'unknown' {
    if (!(error instanceof DtmsCallError)) throw error;
    const { reason } = error.report;
    this.note(`${during} ${reason === undefined ? 'unknown' : ErrorReason[reason]}`);
    return reason === undefined ? 'unknown' : 'refused';
  }
}

/** What a race must have shown to prove anything. */
const NEEDED = [
  'committed',
  'released',
  'died',
  'acquire FIELD_OWNED',
  'acquire MODIFICATION_UNDER_WAY',
  'commit MODIFICATION_LOST',
  'commit WOULD_LOOSEN',
  'release MODIFICATION_LOST',
];

it('has one winner at a time, and no loser modifies the stop', {
  timeout: (MOST_SECONDS + 60) * 1000,
}, async () => {
  const key = await register(1n);
  const tally = new Tally();
  const answers: CommitAnswer[] = [];
  const startedAt = performance.now();
  const running = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const enough = NEEDED.every((what) => (tally.get(what) ?? 0) >= LEAST);
    return seconds < SECONDS || (!enough && seconds < MOST_SECONDS);
  };
  /** The tightest stop anybody asked for. */
  let tightest = 100;

  async function program(manager: string, seed: number): Promise<void> {
    const random = seededRandom(seed);
    const ownership = ownershipClient(service.address);
    const pause = (ms: number) => sleep(random() * ms);
    while (running()) {
      await pause(5);
      try {
        const { token } = await ownership.acquire({ ...key, field: TradeField.STOP_LOSS, manager });
        // Some think for longer than their lease lasts.
        await pause(random() < 0.15 ? 2 * LEASE_MS : 3);
        const value = tightest + Math.floor(random() * 8) - 3;
        try {
          await ownership.commit({ ...key, token, value });
          answers.push({ manager, token, value, answer: 'accepted' });
          tally.note('committed');
          tightest = Math.max(tightest, value);
        } catch (error) {
          answers.push({ manager, token, value, answer: tally.refused('commit', error) });
          continue;
        }
        if (random() < 0.15) {
          tally.note('died');
          continue;
        }
        await pause(random() < 0.15 ? 2 * LEASE_MS : 3);
        const applied = random() < 0.8;
        await ownership
          .release({ ...key, token, applied, giveUp: random() < 0.9 })
          .then(() => tally.note('released'))
          .catch((error: unknown) => tally.refused('release', error));
      } catch (error) {
        tally.refused('acquire', error);
      }
    }
    ownership.close();
  }

  await Promise.all(
    MANAGERS.flatMap((manager, place) =>
      Array.from({ length: PROGRAMS }, (_, index) => program(manager, place * PROGRAMS + index + 1)),
    ),
  );
  const events = await eventsOf(key.ticket);
  expect(judge(events, answers)).toEqual([]);
  for (const what of NEEDED) expect(tally.get(what) ?? 0, what).toBeGreaterThanOrEqual(LEAST);

  // The judge is worth something only if it sees what must not be.
  for (const [what, forged] of forgeries(events)) expect(judge(forged, answers), what).not.toEqual([]);
});

/** The log as it would be without one of the guards. */
function* forgeries(events: readonly TradeEvent[]): Iterable<[string, TradeEvent[]]> {
  const stepOf = ({ change }: TradeEvent) =>
    change?.$case === 'ownershipChanged' ? change.value.step : undefined;
  const commitAt = events.findIndex((event) => stepOf(event) === OwnershipStep.COMMITTED);
  const commit = events[commitAt];
  const grantAt = events.findIndex(
    (event, index) => index > commitAt && stepOf(event) === OwnershipStep.GRANTED,
  );
  if (commit === undefined || grantAt < 0) throw new Error('there was no race');
  const renumbered = (forged: TradeEvent[]) =>
    forged.map((event, index) => ({ ...event, tradeVersion: BigInt(index + 1) }));
  yield ['a second commit', renumbered(events.toSpliced(commitAt + 1, 0, commit))];
  yield ['a commit of a loser', renumbered(events.toSpliced(grantAt + 1, 0, commit))];
  yield ['a grant over a commit', renumbered(events.toSpliced(commitAt + 1, grantAt - commitAt - 1))];
  yield ['a commit nobody heard of', events.filter((event) => event !== commit)];
}

it('control: managers that ask nobody break the rules', async () => {
  const key = await register(2n);
  const { client } = service;
  // Each looks before another has written; who wants the least is the last to write.
  const seen = await Promise.all(MANAGERS.map(async () => (await client.getTrade(key)).trade?.stopLoss ?? 0));
  for (const [place, stopLoss] of seen.entries()) {
    await client.updateTrade({ ...key, stopLoss: stopLoss + 2 * (MANAGERS.length - place) });
  }
  expect(judge(await eventsOf(key.ticket), []).join('\n')).toContain('loosens the stop');
});
