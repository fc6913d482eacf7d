// Owns what callers that nobody knows may cost: so many calls a second without a key that is right, of an address and of
// everybody. Beyond that nothing of theirs is looked at, and their connections are closed.
import type { Socket } from 'node:net';
import { networkOf } from '../access/address.js';
import type { Call, Carrier } from './call.js';
import type { LimitMode } from './limits.js';

export interface StrangerLimits {
  /** off: strangers are looked at as often as they call. */
  readonly mode: LimitMode;
  /** Calls a second of one address, or one /64 network of IPv6. */
  readonly strangersPerSecond: number;
  /** Calls a second of all addresses. */
  readonly strangersPerSecondInAll: number;
}

/** What of a call says where it comes from. */
type Caller = Pick<Call, 'peer' | 'via'>;

interface Connection {
  readonly socket: Pick<Socket, 'destroySoon'>;
  /** Somebody who is known calls here, perhaps through a proxy that others share. */
  isKnown: boolean;
  /** Calls of strangers here, in all. */
  strange: number;
  isEnding: boolean;
}

const WINDOW_MS = 1000;
/** New connections that an address may open in a second in which its calls are spent. */
const MOST_ENTRIES = 20;
/** Calls of strangers that a connection survives where its address is spent. */
const PATIENCE = 20;

export class Strangers {
  readonly #limits: StrangerLimits;
  readonly #connections = new Map<string, Connection>();
  /** Calls of this second, by network. */
  readonly #calls = new Map<string, number>();
  readonly #entries = new Map<string, number>();
  #all = 0;
  #endsAt = 0;

  constructor(limits: StrangerLimits) {
    this.#limits = limits;
  }

  /** Whether a network may open another connection now. */
  admits(network: string): boolean {
    if (!this.#isSpent(network)) return true;
    const entries = (this.#entries.get(network) ?? 0) + 1;
    this.#entries.set(network, entries);
    return entries <= MOST_ENTRIES;
  }

  /** Remembers a connection until it closes. */
  enter(socket: Socket, via: Carrier): void {
    const place = `${via} ${socket.remoteAddress}:${socket.remotePort}`;
    const connection = { socket, isKnown: false, strange: 0, isEnding: false };
    this.#connections.set(place, connection);
    socket.once('close', () => {
      if (this.#connections.get(place) === connection) this.#connections.delete(place);
    });
  }

  /** Whether a call of somebody who is not known yet may be looked at. */
  allows(caller: Caller): boolean {
    // Without strangers in this second, which is as a rule, nobody's address is asked for.
    return this.#all === 0 || !this.#isSpent(networkAt(caller));
  }

  /** A call whose caller is not known. */
  turnedAway(caller: Caller): void {
    const network = networkAt(caller);
    const isSpent = this.#isSpent(network);
    this.#calls.set(network, (this.#calls.get(network) ?? 0) + 1);
    this.#all += 1;
    const connection = this.#connections.get(`${caller.via} ${caller.peer}`);
    if (connection === undefined) return;
    connection.strange += 1;
    // Who is new, and shares an address with strangers, is told to try again.
    if (!isSpent || connection.isKnown || connection.strange < PATIENCE || connection.isEnding) return;
    connection.isEnding = true;
    // After the answer to this call.
    setImmediate(() => connection.socket.destroySoon());
  }

  /** Whether callers nobody knows have a limit at all. */
  get areLimited(): boolean {
    return this.#limits.mode !== 'off';
  }

  /** A network has done in this second what nobody may: as if its calls were spent. */
  spend(network: string): void {
    if (this.#isSpent(network)) return;
    this.#calls.set(network, this.#limits.strangersPerSecond);
    this.#all += 1;
  }

  /** A call whose caller is known. */
  welcomed(caller: Caller): void {
    if (this.#all === 0) return;
    const connection = this.#connections.get(`${caller.via} ${caller.peer}`);
    if (connection !== undefined) connection.isKnown = true;
  }

  #isSpent(network: string): boolean {
    if (this.#limits.mode === 'off') return false;
    const now = performance.now();
    if (now >= this.#endsAt) {
      this.#endsAt = now + WINDOW_MS;
      this.#calls.clear();
      this.#entries.clear();
      this.#all = 0;
    }
    const { strangersPerSecond, strangersPerSecondInAll } = this.#limits;
    return this.#all >= strangersPerSecondInAll || (this.#calls.get(network) ?? 0) >= strangersPerSecond;
  }
}

const networkAt = ({ peer }: Caller): string => networkOf(peer.replace(/:\d+$/, ''));
