// Owns moving calls between the two groups: which weights give green its share, and what a proxy must be able to do.
import type { ServerGroup } from './plan.js';

/** A server behind a proxy. */
export interface ProxiedServer {
  /** Its name at the proxy. */
  readonly name: string;
  /** host:port where the proxy reaches it. */
  readonly address: string;
  /** What it has now; 0 where it gets no calls. */
  readonly weight: number;
  /** Whether the proxy finds it well. */
  readonly isUp: boolean;
}

/** A proxy that gives servers calls by their weights, which can be changed while it runs. */
export interface Traffic {
  /** The servers with their weights as they are now. @throws Error where the proxy does not answer */
  servers(): Promise<readonly ProxiedServer[]>;
  /** Sets weights by names; what is not named stays. @throws Error where the proxy does not answer, or refuses */
  setWeights(weights: ReadonlyMap<string, number>): Promise<void>;
}

/** A server of a rollout. */
export interface RolloutServer {
  /** At the proxy. */
  readonly name: string;
  /** For clients: host:port or https://host:port. */
  readonly address: string;
  /** Where it serves HTTP; empty where the server is to be asked. */
  readonly http: string;
}

export type ServerGroups = Readonly<Record<ServerGroup, readonly RolloutServer[]>>;

/** The largest weight that proxies take. */
const MOST_WEIGHT = 256;

/**
 * Weights by which green gets so many percent of the calls: small ones, since proxies spread those more evenly. 1% of one
 * server against many may be less exact; it is never 0 and never all.
 */
export function weightsOf(groups: ServerGroups, percent: number): ReadonlyMap<string, number> {
  const [blue, green] = [(100 - percent) / groups.blue.length, percent / groups.green.length];
  const [large, small] = [Math.max(blue, green), Math.min(blue, green)];
  let best = { error: Number.POSITIVE_INFINITY, large: 1, small: 0 };
  for (let weight = 1; weight <= MOST_WEIGHT; weight += 1) {
    const wanted = (weight * small) / large;
    const rounded = small === 0 ? 0 : Math.max(1, Math.round(wanted));
    const error = small === 0 ? 0 : Math.abs(rounded / weight - small / large);
    if (error < best.error - 1e-12) best = { error, large: weight, small: rounded };
  }
  const [ofBlue, ofGreen] = blue >= green ? [best.large, best.small] : [best.small, best.large];
  return new Map([
    ...groups.blue.map(({ name }) => [name, ofBlue] as const),
    ...groups.green.map(({ name }) => [name, ofGreen] as const),
  ]);
}

/** Brings the weights to what they should be, and reads them back. @throws Error where they are others then */
export async function directCalls(traffic: Traffic, groups: ServerGroups, percent: number): Promise<string> {
  const wanted = weightsOf(groups, percent);
  const wrong = (servers: readonly ProxiedServer[]) => {
    const has = new Map(servers.map(({ name, weight }) => [name, weight]));
    // A server that was taken out of the proxy has no calls, which may be what is wanted of it.
    return [...wanted].filter(([name, weight]) => (has.get(name) ?? 0) !== weight);
  };
  const before = wrong(await traffic.servers());
  if (before.length > 0) {
    // First whoever gets more, so that at no moment nobody gets any.
    await traffic.setWeights(new Map(before.sort(([, one], [, other]) => other - one)));
    const still = wrong(await traffic.servers());
    if (still.length > 0)
      throw new Error(`the proxy does not keep weights: ${still.map(([name]) => name).join(', ')}`);
  }
  return [...wanted].map(([name, weight]) => `${name} ${weight}`).join(', ');
}
