// Owns the bridges that work for an account: whose money each says it holds, and why one gets no work. Dated by the
// database's clock, UTC ms.
import type { Rules } from '../rules.js';

/** Whose money an account holds: a broker's, or a simulation's. */
export const ACCOUNT_KINDS = ['REAL', 'PAPER'] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** A bridge as its last heartbeat shows it. */
export interface BridgeSeen {
  /** Whose money it says the account holds. */
  readonly kind: AccountKind;
  /** Database time. */
  readonly seenAt: number;
  /** The account its terminal is logged in to. */
  readonly terminalAccount: string;
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
}

/** What of an account its bridges are judged by. */
interface BridgedAccount {
  readonly account: string;
  readonly kind: AccountKind | null;
  readonly bridges: Readonly<Record<string, BridgeSeen>>;
}

/** A bridge that was not seen for this long is forgotten, in ms of database time. */
const BRIDGE_KEPT_MS = 24 * 3_600_000;
/** More bridges than this are not remembered: a name costs memory. */
const MOST_BRIDGES = 32;

/** Whether a bridge's account is a simulation beside a real one: nothing it says or does is of that one. */
export function isSimulation(account: AccountKind | null, bridge: AccountKind): boolean {
  return account === 'REAL' && bridge === 'PAPER';
}

/** Why a bridge gets no work of the account at database time `now`; empty when it does. */
export function bridgeObstacle(account: BridgedAccount, bridgeId: string, now: number, rules: Rules): string {
  const obstacle = snapshotObstacle(account, bridgeId, now, rules);
  if (obstacle !== '') return obstacle;
  return bridgeOf(account, bridgeId)?.tradeAllowed === true ? '' : 'trading is not allowed';
}

/** Why what a bridge finds open says nothing of the account; empty when it does. */
export function snapshotObstacle(
  account: BridgedAccount,
  bridgeId: string,
  now: number,
  rules: Rules,
): string {
  const bridge = bridgeOf(account, bridgeId);
  if (bridge === undefined) return 'it has not reported the account';
  const age = now - bridge.seenAt;
  if (age > rules.actions.heartbeatMaximumAgeMs) {
    return `its last heartbeat is ${Math.round(age / 1000)} s old`;
  }
  if (bridge.terminalAccount !== account.account) return otherAccount(bridge);
  if (isSimulation(account.kind, bridge.kind)) return SIMULATION;
  return bridge.connected ? '' : NOT_CONNECTED;
}

/** The bridge with a fresh heartbeat that says that the account is a real one; null where none is. */
export function realBridge(
  { account, bridges }: BridgedAccount,
  now: number,
  { actions }: Rules,
): string | null {
  const isSaying = ([, { kind, terminalAccount, connected, seenAt }]: [string, BridgeSeen]) =>
    kind === 'REAL' &&
    connected &&
    terminalAccount === account &&
    now - seenAt <= actions.heartbeatMaximumAgeMs;
  return Object.entries(bridges).find(isSaying)?.[0] ?? null;
}

function bridgeOf({ bridges }: BridgedAccount, bridgeId: string): BridgeSeen | undefined {
  return Object.hasOwn(bridges, bridgeId) ? bridges[bridgeId] : undefined;
}

const SIMULATION = 'it is a paper bridge, and the account is a real one';
const NOT_CONNECTED = 'its terminal is not connected to the broker';

function otherAccount({ terminalAccount }: BridgeSeen): string {
  return `its terminal is logged in to account ${terminalAccount}`;
}

/** The bridges with one more seen, the newest only. */
export function bridgesWith(
  known: BridgedAccount['bridges'],
  bridgeId: string,
  seen: BridgeSeen,
): Readonly<Record<string, BridgeSeen>> {
  const others = Object.entries(known)
    .filter(([id, bridge]) => id !== bridgeId && seen.seenAt - bridge.seenAt <= BRIDGE_KEPT_MS)
    .sort(([, a], [, b]) => b.seenAt - a.seenAt)
    .slice(0, MOST_BRIDGES - 1);
  return Object.fromEntries([[bridgeId, seen] as const, ...others]);
}
