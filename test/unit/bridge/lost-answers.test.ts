// What a bridge makes of answers that got lost and of refusals: nothing is done twice, nothing hangs, and what is not known is
// not told as known. The client is tried against a real gRPC server whose answers are scripted.
import { Server, ServerCredentials, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ActionServiceService,
  LeasedAction as LeasedMessage,
} from '../../../gen/ts/dtms/v1/action_service.js';
import { ActionOutcome, type ActionResult } from '../../../gen/ts/dtms/v1/types.js';
import { Bridge } from '../../../src/bridge/bridge.js';
import type { LeaseClient } from '../../../src/bridge/lease-client.js';
import { ServerLeaseClient } from '../../../src/bridge/server-lease-client.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { unsent, untraded } from '../../../src/broker/terminal.js';
import { DtmsCallError } from '../../../src/client/errors.js';
import { DtmsClient, isUnavailable, Lease, mayBeMade } from '../../../src/client/index.js';
import { RETURN_CODES, type ReturnCode } from '../../../src/domain/actions/result-codes.js';
import { type DtmsError, invalidField, leaseLost, shuttingDown } from '../../../src/errors/errors.js';
import { toStatus } from '../../../src/errors/status.js';
import { paperBroker, SYMBOL, T0 } from '../../support/paper.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

/** What a client throws of a call that ended so. */
function failed(code: status): DtmsCallError {
  const rest = { metadata: {}, violations: [], retryAfterMs: undefined, correlationId: undefined };
  return new DtmsCallError('/m', { code, reason: undefined, message: status[code], ...rest }, null);
}
const REFUSED = failed(status.INVALID_ARGUMENT);
const LOST = failed(status.UNAVAILABLE);

/** Position 42: BUY 1 at 100, stop 90. */
function scene(wrap: (leases: LeaseClient) => Partial<LeaseClient> = () => ({})) {
  const broker = paperBroker();
  const levels = { entryPrice: 100, stopLoss: 90, takeProfit: null };
  const position = { identifier: 42n, symbol: SYMBOL, direction: 'BUY', volume: 1 } as const;
  broker.adopt({ ...position, ...levels, magicNumber: 7n, comment: 'bot', openedAt: T0 });
  const leases = new ScriptedLeaseClient(() => broker.now);
  const terminal = new PaperTerminal(broker);
  const calls: LeaseClient = {
    lease: (limit) => leases.lease(limit),
    begin: (leased) => leases.begin(leased),
    report: (leased, result) => leases.report(leased, result),
    heartbeat: (report) => leases.heartbeat(report),
    reconcile: (snapshot) => leases.reconcile(snapshot),
    closed: (ticket, reason, price, at) => leases.closed(ticket, reason, price, at),
  };
  return { broker, leases, terminal, bridge: new Bridge({ ...calls, ...wrap(leases) }, terminal) };
}

describe('what DTMS refuses as it stands', () => {
  it('is a report that is dropped, told, and asked a snapshot for; the next drain works', async () => {
    const { leases, bridge, terminal } = scene();
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.5 }));
    leases.failures.report = [REFUSED];
    await expect(bridge.drain()).rejects.toBe(REFUSED);
    expect(bridge.looksAgain).toBe(true);
    leases.plan(action('TIGHTEN_SL', { stopLoss: 95 }));
    expect(await bridge.drain()).toBe(1);
    expect(leases.entry('t:42:TIGHTEN_SL').status).toBe('DONE');
    expect(leases.journal.filter((line) => line.startsWith('report'))).toHaveLength(2);
    expect(terminal.orders).toHaveLength(2);
    await bridge.reconcile();
    expect(bridge.looksAgain).toBe(false);
  });

  it('is a close of the broker’s own, which holds up neither work nor snapshots', async () => {
    const { broker, leases, bridge } = scene();
    broker.quote(SYMBOL, { bid: 89, ask: 89.5 }, T0 + 1);
    leases.failures.closed = [REFUSED, new Error('it was told again')];
    await expect(bridge.drain()).rejects.toBe(REFUSED);
    expect(bridge.looksAgain).toBe(true);
    await bridge.reconcile();
    const closes = leases.snapshots.at(-1)?.deals.filter(({ entry }) => entry === 'OUT');
    expect(closes).toMatchObject([{ positionIdentifier: 42n, reason: 'STOP_LOSS' }]);
    expect(await bridge.drain()).toBe(0);
  });

  it('asks for a snapshot that the loop sends at once', async () => {
    const broker = paperBroker();
    const leases = new ScriptedLeaseClient(() => broker.now);
    const errors: unknown[] = [];
    const periods = { pollMs: 1, slowestPollMs: 1, heartbeatMs: 1, reconcileMs: 1e9 };
    const options = { ...periods, onError: (error: unknown) => errors.push(error) };
    const stop = new AbortController();
    leases.plan(action('CLOSE_ALL'));
    leases.failures.report = [REFUSED];
    const ended = new Bridge(leases, new PaperTerminal(broker), options).run(stop.signal);
    await expect.poll(() => leases.snapshots.length, { interval: 1 }).toBe(2);
    stop.abort();
    await ended;
    expect(errors).toEqual([REFUSED]);
  });

  it('is not a report whose answer got lost: that one is told again', async () => {
    const { leases, bridge } = scene();
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.5 }));
    leases.failures.report = [LOST];
    await expect(bridge.drain()).rejects.toBe(LOST);
    expect(bridge.looksAgain).toBe(false);
    expect(await bridge.drain()).toBe(1);
    expect(leases.entry('t:42:PARTIAL_CLOSE').status).toBe('DONE');
  });
});

describe('what an order came to', () => {
  it.each([
    ['is not known', 'lost', true],
    ['is not known of a code nobody knows', 10_099, true],
    ['shows a position that is another than it was', RETURN_CODES.POSITION_CLOSED, true],
    ['is a refusal', RETURN_CODES.INVALID_STOPS, false],
    ['is known', null, false],
  ] as const)('%s: a snapshot is asked for, or not', async (_how, answer, looksAgain) => {
    const { leases, bridge, terminal } = scene();
    if (answer !== null) terminal.script(answer as ReturnCode | 'lost');
    leases.plan(action('TIGHTEN_SL', { stopLoss: 95 }));
    expect(await bridge.drain()).toBe(1);
    expect(bridge.looksAgain).toBe(looksAgain);
    await bridge.reconcile();
    expect(bridge.looksAgain).toBe(false);
  });

  it('is shown to DTMS at once where it opened a position: a hedge is closed only once it was shown', async () => {
    const { leases, bridge } = scene();
    leases.plan(action('OPEN_HEDGE', { volume: 0.5, stopLoss: 110 }));
    expect(await bridge.drain()).toBe(1);
    expect(bridge.looksAgain).toBe(true);
  });

  it('is asked for once DTMS has the report: a snapshot before it would settle nothing', async () => {
    const { leases, bridge, terminal } = scene();
    terminal.script('lost');
    leases.failures.report = [LOST];
    leases.plan(action('TIGHTEN_SL', { stopLoss: 95 }));
    await expect(bridge.drain()).rejects.toBe(LOST);
    expect(bridge.looksAgain).toBe(false);
    await bridge.drain();
    expect(bridge.looksAgain).toBe(true);
  });
});

describe('a BeginAction without an answer', () => {
  it.each(['was recorded', 'was not'])('sends no order, and is tried again, when it %s', async (how) => {
    const answers = [LOST];
    const { leases, bridge, terminal, broker } = scene((real) => ({
      begin: async (leased) => {
        const loss = answers.shift();
        const begun = loss === undefined || how === 'was recorded' ? await real.begin(leased) : false;
        if (loss !== undefined) throw loss;
        return begun;
      },
    }));
    const planned = action('PARTIAL_CLOSE', { volume: 0.5 });
    leases.plan(planned);
    await bridge.drain();
    leases.expireLeases();
    await bridge.drain();
    expect(leases.entry(planned.tag).status).toBe('DONE');
    expect(broker.ledger.executions(planned.tag)).toHaveLength(1);
    expect(terminal.orders).toHaveLength(1);
  });

  it('that was refused is no such one: nothing is reported', async () => {
    const { leases, bridge, terminal } = scene();
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.5 }));
    leases.failures.begin = [REFUSED];
    await expect(bridge.drain()).rejects.toBe(REFUSED);
    expect(leases.journal.some((line) => line.startsWith('report'))).toBe(false);
    expect(terminal.orders).toEqual([]);
  });
});

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp.splice(0).reverse()) step();
});

/** A server that answers each step of a lease with the next error, and then with success. */
async function answering(...errors: readonly DtmsError[]) {
  const reports: (ActionResult | undefined)[] = [];
  const left = [...errors];
  type Call = { readonly request: { readonly result?: ActionResult } };
  const step = ({ request }: Call, answer: (error: unknown, response?: object) => void) => {
    reports.push(request.result);
    const error = left.shift();
    if (error === undefined) answer(null, { revision: 0n });
    else answer(toStatus(error, 'cid-1'));
  };
  const server = new Server();
  const steps: UntypedServiceImplementation = {};
  for (const name of ['beginAction', 'reportAction']) Object.assign(steps, { [name]: step });
  server.addService(ActionServiceService, steps);
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const client = new DtmsClient({ address: `127.0.0.1:${port}` });
  cleanUp.push(() => server.forceShutdown());
  cleanUp.push(() => client.close());
  const told = LeasedMessage.fromPartial({ action: { actionId: 'a', lease: { token: 3n } } });
  const leases = new ServerLeaseClient(client, { account: 'demo', bridgeId: 'b1' });
  return { reports, leases, lease: new Lease(told, client), leased: action('CLOSE_ALL', { token: 3n }) };
}

/** Each row: what is answered to the attempts, and whether a caller hears of it as not known. */
const COURSES = [
  { answers: [], known: true },
  { answers: [leaseLost('a', 3n, 'PENDING')], known: false },
  { answers: [shuttingDown()], known: true },
  { answers: [shuttingDown(), leaseLost('a', 3n, 'IN_DOUBT')], known: 'no' },
  { answers: [shuttingDown(), invalidField('token', 'is odd')], known: 'no' },
] as const;

describe('a client’s begin', () => {
  it.each(COURSES)('after $answers: $known', async ({ answers, known }) => {
    const first = await answering(...answers);
    const second = await answering(...answers);
    for (const begin of [() => first.lease.begin(), () => second.leases.begin(second.leased)]) {
      const told = await begin().catch((error: unknown) => [isUnavailable(error), mayBeMade(error)]);
      expect(told).toEqual(known === 'no' ? [true, true] : known);
    }
  });

  it('that was refused at once may not have been made', async () => {
    const { lease } = await answering(invalidField('token', 'is odd'));
    const error = await lease.begin().catch((thrown: unknown) => thrown);
    expect([error instanceof DtmsCallError, mayBeMade(error)]).toEqual([true, false]);
  });
});

describe('a client’s report', () => {
  it('says that nothing was sent, and takes a broker’s odd words along', async () => {
    const { leases, leased, reports } = await answering();
    await leases.report(leased, unsent('BeginAction was not answered'));
    await leases.report(leased, { ...untraded(RETURN_CODES.REJECT), message: 'no\n\x07way' });
    expect(reports).toMatchObject([
      {
        code: 0,
        outcome: ActionOutcome.RETRYABLE,
        message: 'nothing was sent: BeginAction was not answered',
      },
      { code: 10006, outcome: ActionOutcome.UNSPECIFIED, message: 'no  way' },
    ]);
  });

  it('whose repeat finds the lease over is over, for the log has it', async () => {
    const { lease } = await answering(shuttingDown(), leaseLost('a', 3n, 'PENDING'));
    expect([await lease.report({ code: 10009 }), lease.isOver]).toEqual([false, true]);
  });
});
