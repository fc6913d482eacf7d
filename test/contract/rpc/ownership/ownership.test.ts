// OwnershipService over real sockets and a real Postgres.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnershipStep } from '../../../../gen/ts/dtms/v1/event.js';
import { TradeField } from '../../../../gen/ts/dtms/v1/types.js';
import { Direction, type DtmsCallError, ErrorReason, TradeState } from '../../../../src/client/index.js';
import { startService, type TestService } from '../../../support/app.js';
import { DTMS, EXIT, SCALPER, UNIVERSAL } from '../../../support/managers.js';
import { type OwnershipClient, ownershipClient } from '../../../support/ownership-client.js';
import { execute } from '../../../support/postgres.js';

const OVERRIDES = { rules: { ownership: { managers: { [SCALPER]: 100 }, maximumLeaseMs: 60_000 } } };
const STOP = { field: TradeField.STOP_LOSS, leaseSeconds: 60 };

let service: TestService;
let ownership: OwnershipClient;
beforeAll(async () => {
  service = await startService(OVERRIDES);
  ownership = ownershipClient(service.address);
});
afterAll(async () => {
  ownership.close();
  await service.end();
});

let nextTicket = 0n;

/** A new BUY of 1 lot at 100 with its stop at 90. */
async function register(fields: object = {}) {
  nextTicket += 1n;
  const key = { account: 'demo', ticket: nextTicket };
  const trade = { ...key, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100, volume: 1 };
  await service.client.registerTrade({ trade: { ...trade, stopLoss: 90, ...fields } });
  return key;
}

const failure = async (call: Promise<unknown>): Promise<DtmsCallError['report']> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error.report,
  );

/** What happened to a trade, in the words of its events. */
async function story({ account, ticket }: { account: string; ticket: bigint }): Promise<string[]> {
  const filter = { account, tickets: [ticket] };
  const { events } = await service.client.listTradeEvents({ filter, pageSize: 1000 });
  return events.map(({ change }) =>
    change?.$case === 'ownershipChanged'
      ? `${OwnershipStep[change.value.step]} ${change.value.manager} ${change.value.token}`
      : String(change?.$case),
  );
}

describe('a modification', () => {
  it('goes from its grant to the trade, and every step is in the log', async () => {
    const key = await register();
    const { token, endsAt, ownership: granted } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    expect(token).toBe(2n);
    expect(endsAt?.getTime()).toBeGreaterThan(Date.now());
    expect(granted).toMatchObject({
      tradeVersion: 2n,
      defensive: false,
      owners: [{ manager: EXIT, token: 2n, committed: false }],
    });
    const committed = await ownership.commit({ ...key, token, value: 95 });
    expect(committed.ownership?.owners).toMatchObject([{ manager: EXIT, committed: true }]);
    // Made again, as a client does whose answer was lost.
    expect((await ownership.commit({ ...key, token, value: 95 })).revision).toBe(committed.revision);
    const released = await ownership.release({ ...key, token, applied: true });
    expect(released.ownership?.owners).toMatchObject([{ manager: EXIT, token: 0n, committed: false }]);
    const { trade } = await service.client.getTrade(key);
    expect(trade).toMatchObject({
      stopLoss: 95,
      tradeVersion: 5n,
      owners: [{ field: TradeField.STOP_LOSS, manager: EXIT }],
    });
    expect(trade?.revision).toBe(released.revision);
    expect(await story(key)).toEqual([
      'registered',
      `GRANTED ${EXIT} 2`,
      `COMMITTED ${EXIT} 2`,
      `RELEASED ${EXIT} 2`,
      'updated',
    ]);
  });

  it('of the volume to 0 closes the trade', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, field: TradeField.VOLUME, manager: UNIVERSAL });
    await ownership.commit({ ...key, token, value: 0 });
    const occurredAt = new Date(Date.now() + 2000);
    const { ownership: after } = await ownership.release({ ...key, token, applied: true, occurredAt });
    expect(after).toMatchObject({ state: TradeState.CLOSED, owners: [] });
    const error = await failure(ownership.acquire({ ...key, ...STOP, manager: UNIVERSAL }));
    expect(error).toMatchObject({ code: status.FAILED_PRECONDITION, reason: ErrorReason.TRADE_CLOSED });
    const { trade } = await service.client.getTrade(key);
    expect(trade?.closedAt).toEqual(occurredAt);
  });

  it('asked for again with its request_id gets the same lease', async () => {
    const key = await register();
    const asked = { ...key, ...STOP, manager: EXIT, requestId: randomUUID() };
    const [first, second] = await Promise.all([ownership.acquire(asked), ownership.acquire(asked)]);
    expect(second).toEqual(first);
    expect(await story(key)).toHaveLength(2);
    const error = await failure(ownership.acquire({ ...asked, manager: UNIVERSAL }));
    expect(error.reason).toBe(ErrorReason.REQUEST_ID_REUSED);
  });

  it('committed and released again with the same request_id is answered as it was', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    const committing = { ...key, token, value: 95, requestId: randomUUID() };
    const committed = await ownership.commit(committing);
    const releasing = { ...key, token, applied: true, giveUp: true, requestId: randomUUID() };
    const released = await ownership.release(releasing);
    const told = await story(key);
    // The lease is over, and yet neither answer is that it was lost.
    expect(await ownership.commit(committing)).toEqual(committed);
    expect(await ownership.release(releasing)).toEqual(released);
    expect(await story(key)).toEqual(told);
    for (const call of [
      () => ownership.commit({ ...committing, value: 96 }),
      () => ownership.release({ ...releasing, giveUp: false }),
    ])
      expect((await failure(call())).reason).toBe(ErrorReason.REQUEST_ID_REUSED);
    // Without one the token alone says what it is: a lease that is over.
    expect((await failure(ownership.release({ ...releasing, requestId: '' }))).reason).toBe(
      ErrorReason.MODIFICATION_LOST,
    );
  });

  it('under way survives a restart of the server', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    ownership.close();
    service = await service.restart();
    ownership = ownershipClient(service.address);
    expect((await failure(ownership.acquire({ ...key, ...STOP, manager: SCALPER }))).reason).toBe(
      ErrorReason.MODIFICATION_UNDER_WAY,
    );
    await ownership.commit({ ...key, token, value: 95 });
    await ownership.release({ ...key, token, applied: true, giveUp: true });
    const { trade } = await service.client.getTrade(key);
    expect(trade).toMatchObject({ stopLoss: 95, owners: [] });
  });

  it('whose lease ends is told of as lost, without anybody asking', async () => {
    const key = await register();
    await ownership.acquire({ ...key, ...STOP, leaseSeconds: 1, manager: EXIT });
    await expect.poll(() => story(key)).toContain(`LOST ${EXIT} 2`);
    expect((await ownership.get(key)).ownership?.owners).toEqual([]);
  });
});

describe('a refusal names its reason and the owner', () => {
  it.each([DTMS, 'stranger'])('%s is not a manager that may ask', async (manager) => {
    const key = await register();
    const error = await failure(ownership.acquire({ ...key, ...STOP, manager }));
    expect(error).toMatchObject({
      code: status.PERMISSION_DENIED,
      reason: ErrorReason.UNKNOWN_MANAGER,
      metadata: { manager },
    });
    expect(await story(key)).toHaveLength(1);
  });

  it('FIELD_OWNED', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    await ownership.commit({ ...key, token, value: 95 });
    await ownership.release({ ...key, token, applied: true });
    const error = await failure(ownership.acquire({ ...key, ...STOP, manager: SCALPER }));
    expect(error).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: ErrorReason.FIELD_OWNED,
      metadata: { field: 'STOP_LOSS', owner: EXIT, state: 'HEALTHY' },
    });
  });

  it('MODIFICATION_UNDER_WAY, with the time to try again', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    await ownership.commit({ ...key, token, value: 95 });
    const error = await failure(ownership.acquire({ ...key, ...STOP, manager: UNIVERSAL }));
    expect(error).toMatchObject({
      code: status.ABORTED,
      reason: ErrorReason.MODIFICATION_UNDER_WAY,
      metadata: { field: 'STOP_LOSS', owner: EXIT },
    });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('MODIFICATION_LOST: taken by priority, and never given', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    await ownership.acquire({ ...key, ...STOP, manager: UNIVERSAL });
    for (const [lost, call] of [
      [token, ownership.commit({ ...key, token, value: 95 })],
      [token, ownership.release({ ...key, token, applied: true })],
      [999n, ownership.commit({ ...key, token: 999n, value: 95 })],
    ] as const) {
      expect(await failure(call)).toMatchObject({
        code: status.ABORTED,
        reason: ErrorReason.MODIFICATION_LOST,
        metadata: { ticket: String(key.ticket), token: String(lost) },
      });
    }
    expect((await service.client.getTrade(key)).trade?.stopLoss).toBe(90);
  });

  it('WOULD_LOOSEN, and values that cannot be', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    expect(await failure(ownership.commit({ ...key, token, value: 89 }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: ErrorReason.WOULD_LOOSEN,
      metadata: { stop_loss: '90', value: '89' },
    });
    expect(await failure(ownership.commit({ ...key, token }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: ErrorReason.INVALID_FIELD,
      violations: [{ field: 'value' }],
    });
    expect(await failure(ownership.release({ ...key, token, applied: true }))).toMatchObject({
      violations: [{ field: 'applied' }],
    });
  });

  it('a stop beyond the price', async () => {
    const key = await register({ feed: 'priced' });
    const quote = { symbol: 'BTCUSD', time: new Date(), bid: 100, ask: 100.5 };
    await service.client.pushMarketData({
      feed: 'priced',
      items: [{ data: { $case: 'quote', value: quote } }],
    });
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: EXIT });
    expect(await failure(ownership.commit({ ...key, token, value: 100 }))).toMatchObject({
      reason: ErrorReason.STOP_ON_WRONG_SIDE,
      violations: [{ field: 'value' }],
    });
    await ownership.commit({ ...key, token, value: 99.5 });
  });

  it.each([
    ['a trade that is not known', { ticket: 999_999n }, ErrorReason.TRADE_NOT_FOUND],
    ['no field', { field: TradeField.UNSPECIFIED }, ErrorReason.INVALID_FIELD],
    ['a name that is none', { manager: 'My Bot' }, ErrorReason.INVALID_FIELD],
    ['a lease of an hour', { leaseSeconds: 3600 }, ErrorReason.INVALID_FIELD],
    ['an override by nobody', { overrideReason: 'because' }, ErrorReason.INVALID_FIELD],
    ['an override without a reason', { by: 'kim' }, ErrorReason.INVALID_FIELD],
  ])('%s', async (_what, fields, reason) => {
    const key = await register();
    const error = await failure(ownership.acquire({ ...key, ...STOP, manager: EXIT, ...fields }));
    expect(error.reason).toBe(reason);
  });
});

describe('an override', () => {
  it('passes over an owner and a looser stop, and is on record', async () => {
    const key = await register();
    const held = await ownership.acquire({ ...key, ...STOP, manager: UNIVERSAL });
    const asked = { ...key, ...STOP, manager: EXIT, overrideReason: 'stop too near', by: 'kim' };
    const { token } = await ownership.acquire(asked);
    await ownership.commit({ ...key, token, value: 80 });
    await ownership.release({ ...key, token, applied: true });
    expect((await service.client.getTrade(key)).trade?.stopLoss).toBe(80);
    expect((await failure(ownership.commit({ ...key, token: held.token, value: 95 }))).reason).toBe(
      ErrorReason.MODIFICATION_LOST,
    );
    const { rows } = await execute(
      service.databaseUrl,
      'SELECT actor, method, detail FROM audit_events WHERE account = $1 AND ticket = $2',
      [key.account, String(key.ticket)],
    );
    expect(rows).toEqual([
      {
        actor: 'anonymous',
        method: expect.stringContaining('AcquireModification'),
        detail: { by: 'kim', manager: EXIT, field: 'STOP_LOSS', override_reason: 'stop too near' },
      },
    ]);
  });

  it('that is refused leaves no record, and does not pass over a commit', async () => {
    const key = await register();
    const { token } = await ownership.acquire({ ...key, ...STOP, manager: UNIVERSAL });
    await ownership.commit({ ...key, token, value: 95 });
    const asked = { ...key, ...STOP, manager: EXIT, overrideReason: 'now', by: 'kim' };
    expect((await failure(ownership.acquire(asked))).reason).toBe(ErrorReason.MODIFICATION_UNDER_WAY);
    const { rows } = await execute(service.databaseUrl, 'SELECT 1 FROM audit_events WHERE ticket = $1', [
      String(key.ticket),
    ]);
    expect(rows).toEqual([]);
  });
});

describe('reading', () => {
  it('tells a manager what it may do', async () => {
    const key = await register();
    await ownership.acquire({ ...key, ...STOP, manager: UNIVERSAL });
    const { ownership: found } = await ownership.get({ ...key, manager: EXIT });
    expect(found?.permissions).toMatchObject([
      {
        field: TradeField.STOP_LOSS,
        allowed: false,
        owner: UNIVERSAL,
        reason: ErrorReason.MODIFICATION_UNDER_WAY,
      },
      { field: TradeField.TAKE_PROFIT, allowed: true, owner: '', reason: ErrorReason.UNSPECIFIED },
      { field: TradeField.VOLUME, allowed: true },
    ]);
    expect((await ownership.get(key)).ownership?.permissions).toEqual([]);
    const stranger = await ownership.get({ ...key, manager: 'stranger' });
    expect(stranger.ownership?.permissions.map(({ reason }) => reason)).toEqual(
      [1, 2, 3].map(() => ErrorReason.UNKNOWN_MANAGER),
    );
    expect((await failure(ownership.get({ ...key, ticket: 999_999n }))).reason).toBe(
      ErrorReason.TRADE_NOT_FOUND,
    );
  });

  it('of many keeps the order asked for, each once, and lists unknown tickets', async () => {
    const [one, two, closed] = [await register(), await register(), await register()];
    await service.client.closeTrade(closed);
    const tickets = [two.ticket, 999_999n, closed.ticket, one.ticket, two.ticket];
    const found = await ownership.batchGet({ account: 'demo', tickets, manager: EXIT });
    expect(found.ownerships.map(({ ticket }) => ticket)).toEqual([two.ticket, closed.ticket, one.ticket]);
    expect(found.unknownTickets).toEqual([999_999n]);
    expect(found.ownerships[1]?.permissions[0]).toMatchObject({ reason: ErrorReason.TRADE_CLOSED });
  });
});
