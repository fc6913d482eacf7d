// Owns running a bridge as a program does: an adapter for the broker's terminal is all that differs between brokers.
import { MarginMode } from '../../gen/ts/dtms/v1/account_service.js';
import type { Terminal } from '../broker/terminal.js';
import type { DtmsClient } from '../client/client.js';
import { DtmsCallError, isTransient } from '../client/errors.js';
import { Backoff, pause } from '../client/retry.js';
import type { AccountTerms } from '../domain/account/account.js';
import type { AccountKind } from '../domain/account/bridges.js';
import type { Instrument } from '../domain/market/data.js';
import { Bridge, type BridgeOptions } from './bridge.js';
import { instrumentToProto, ServerLeaseClient } from './server-lease-client.js';

/** Whose account it is, and how the bridge works; what is not said is as usual. */
export interface RunBridgeOptions extends Partial<BridgeOptions> {
  readonly account: string;
  /** The bridge's name; one per running bridge. */
  readonly bridgeId: string;
  /** Whose money the account holds; REAL by default. */
  readonly kind?: AccountKind;
  /** How the account works, beside its margin mode, which the terminal tells. */
  readonly terms?: Omit<Partial<AccountTerms>, 'marginMode'>;
  /** The terms of its symbols, where nobody else tells DTMS. */
  readonly instruments?: readonly Instrument[];
  /** Ends the bridge, once the order under way is reported. */
  readonly signal: AbortSignal;
}

/**
 * Tells DTMS of the account, then works until the signal aborts: leases, executes and reports, beats and reconciles.
 * Servers that come and go and a terminal without a connection are waited for (`onError` hears of them).
 *
 * ```ts
 * const client = new DtmsClient({ address: ['dtms-1:50051', 'dtms-2:50051'], apiKey });
 * await runBridge(client, new MyTerminal(), { account: 'demo', bridgeId: 'bridge-1', signal });
 * ```
 *
 * The client stays the caller's.
 *
 * @throws DtmsCallError when the service refuses what it is told of the account.
 */
export async function runBridge(
  client: DtmsClient,
  terminal: Terminal,
  options: RunBridgeOptions,
): Promise<void> {
  const { account, bridgeId, kind, terms, instruments, signal, ...bridge } = options;
  await declared(client, terminal, options);
  const leases = new ServerLeaseClient(client, { account, bridgeId, ...(kind && { kind }) });
  if (!signal.aborted) await new Bridge(leases, terminal, { ...bridge, account }).run(signal);
}

async function declared(client: DtmsClient, terminal: Terminal, options: RunBridgeOptions): Promise<void> {
  const { account, terms, instruments = [], signal, onError } = options;
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      const { marginMode, connected } = await terminal.account();
      if (!connected)
        throw new Error('the terminal is not connected: how the account works is not known yet');
      if (instruments.length > 0)
        await client.upsertInstruments({ instruments: instruments.map(instrumentToProto) }, { signal });
      const mode = marginMode === 'netting' ? MarginMode.NETTING : MarginMode.HEDGING;
      await client.upsertAccount({ ...terms, account, marginMode: mode }, { signal });
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof DtmsCallError && !isTransient(error)) throw error;
      onError?.(error);
      await pause(backoff.next(error), signal).catch(() => undefined);
    }
  }
}
