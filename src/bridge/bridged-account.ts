// Owns how a paper account is put together: the broker, its terminal, and the bridge that trades there for DTMS.
import type { PaperBroker } from '../broker/paper-broker.js';
import { PaperTerminal, type PaperTerminalOptions } from '../broker/paper-terminal.js';
import { type PaperSetup, paperBrokerOf } from '../broker/setup.js';
import { Bridge, type BridgeOptions } from './bridge.js';
import type { LeaseClient } from './lease-client.js';

export interface BridgedSetup extends PaperSetup, PaperTerminalOptions {
  readonly bridge?: Partial<BridgeOptions>;
}

export interface BridgedAccount<Leases extends LeaseClient> {
  readonly broker: PaperBroker;
  readonly terminal: PaperTerminal;
  readonly leases: Leases;
  readonly bridge: Bridge;
}

/** `connect` makes the lease client; it may ask the broker what time it is. */
export function bridgedAccount<Leases extends LeaseClient>(
  { faults, clock, bridge, ...setup }: BridgedSetup,
  connect: (broker: PaperBroker) => Leases,
): BridgedAccount<Leases> {
  const broker = paperBrokerOf(setup);
  const terminal = new PaperTerminal(broker, { faults, clock });
  const leases = connect(broker);
  return { broker, terminal, leases, bridge: new Bridge(leases, terminal, bridge) };
}
