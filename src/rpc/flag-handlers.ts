// Owns SystemService, the part about feature flags.
import { FlagState } from '../../gen/ts/dtms/v1/feature_flag.js';
import { SystemServiceDefinition } from '../../gen/ts/dtms/v1/system_service.js';
import { clearFeatureFlag, setFeatureFlag } from '../commands/flags.js';
import type { CommandRunner } from '../commands/runner.js';
import type { Handlers } from '../interceptors/handlers.js';
import { listFlags } from '../queries/flags.js';
import type { Sources } from '../queries/sources.js';
import { flagToProto } from '../wire/flag.js';
import { answering } from './answering.js';
import { AtMost } from './at-most.js';

type FlagMethods = 'listFeatureFlags' | 'setFeatureFlag' | 'clearFeatureFlag';
const { methods: METHODS } = SystemServiceDefinition;
/** Each answers all that is set of its flag: a thousand at once would pass their deadlines. */
const MOST_AT_ONCE = 100;

export function flagHandlers(
  commands: CommandRunner,
  sources: Pick<Sources, 'state'>,
): Pick<Handlers<SystemServiceDefinition>, FlagMethods> {
  const answer = answering(commands);
  const settings = new AtMost(MOST_AT_ONCE, 'settings of flags');
  return {
    listFeatureFlags: ({ account, symbol }) => {
      const { flags, book } = listFlags(sources, account, symbol);
      return { flags: flags.map(flagToProto), revision: BigInt(book.revision), build: book.build };
    },

    setFeatureFlag: (request, call) => {
      const { state, percent, durationSeconds: seconds, ...told } = request;
      const value = state === FlagState.ON;
      const command = setFeatureFlag({ ...asTold(told), value, percent: percent || 100, seconds }, call);
      return settings.run(() =>
        answer(METHODS.setFeatureFlag, request, call, command, (flag) => ({ flag: flagToProto(flag) })),
      );
    },

    clearFeatureFlag: (request, call) => {
      const command = clearFeatureFlag(asTold(request), call);
      return answer(METHODS.clearFeatureFlag, request, call, command, ({ flag, cleared }) => ({
        flag: flagToProto(flag),
        cleared,
      }));
    },
  };
}

interface Named {
  readonly flag: string;
  readonly account: string;
  readonly symbol: string;
  readonly by: string;
  readonly reason: string;
}

/** What the journal keeps of a request. */
function asTold({ flag, account, symbol, by, reason }: Named): Named {
  return { flag, account, symbol, by, reason };
}
