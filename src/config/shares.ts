// Owns that no single caller, account, address or feed may have all that is there for everybody: a limit of one is below the limit
// of all, or the configuration is refused.
import type { Rules } from '../domain/rules.js';
import type { Settings } from './schema.js';

/** A limit of one of many, and the limit of all of them together, by their names. */
type Pair = readonly [one: readonly [string, number], all: readonly [string, number]];

function pairsOf({ limits, grpc, http, watch }: Settings, { feeds }: Rules): readonly Pair[] {
  const inAll = ['limits.maxStreams', limits.maxStreams] as const;
  const watchers = ['watch.maxWatchers', watch.maxWatchers] as const;
  const perCaller = ['limits.maxStreamsPerCaller', limits.maxStreamsPerCaller] as const;
  const perAccount = ['limits.maxStreamsPerAccount', limits.maxStreamsPerAccount] as const;
  const connections = (
    name: 'grpc' | 'http',
    { maxConnections, maxConnectionsPerAddress }: typeof grpc | typeof http,
  ): Pair => [
    [`${name}.maxConnectionsPerAddress`, maxConnectionsPerAddress],
    [`${name}.maxConnections`, maxConnections],
  ];
  const kept = (
    one: keyof Rules['feeds'] & `maximum${string}Per${string}`,
    all: 'maximum' | 'maximumMarkets' | 'maximumInstruments',
  ): Pair => [
    [`rules.feeds.${one}`, feeds[one]],
    [`rules.feeds.${all}`, feeds[all]],
  ];
  return [
    [perCaller, inAll],
    [perAccount, inAll],
    [perCaller, watchers],
    [perAccount, watchers],
    [
      ['limits.maxCallsPerAccount', limits.maxCallsPerAccount],
      ['limits.maxCallsInFlight', limits.maxCallsInFlight],
    ],
    [
      ['limits.strangersPerSecond', limits.strangersPerSecond],
      ['limits.strangersPerSecondInAll', limits.strangersPerSecondInAll],
    ],
    connections('grpc', grpc),
    connections('http', http),
    kept('maximumPerKey', 'maximum'),
    kept('maximumMarketsPerFeed', 'maximumMarkets'),
    kept('maximumInstrumentsPerAccount', 'maximumInstruments'),
  ];
}

/** @param problems - receives a sentence for each limit of one that leaves nothing for others. */
export function checkShares(settings: Settings, rules: Rules, problems: string[]): void {
  for (const [[one, share], [all, total]] of pairsOf(settings, rules)) {
    if (share >= total)
      problems.push(`${one}: ${share} must be below ${all} ${total}, so that others have a share`);
  }
}
