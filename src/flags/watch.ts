// Owns keeping the flags in force as a provider has them: asked when it says that something changed, and every second. Only the
// server that leads asks; what it hears enters the engine by a turn like a file's definitions.
import type { FlagDefinitions } from '../domain/flags/definition.js';
import { inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { FlagProvider } from './provider.js';

const EVERY_MS = 1000;

export interface ProviderWatch {
  readonly provider: Pick<FlagProvider, 'definitions' | 'onChange' | 'close'>;
  /** The program's version. */
  readonly build: string;
  /** The accounts of the server that leads, and the definitions in force there; undefined where this one does not lead. */
  readonly leading: () =>
    | { readonly accounts: readonly string[]; readonly known: FlagDefinitions }
    | undefined;
  readonly define: (definitions: FlagDefinitions) => Promise<unknown>;
  readonly logger: Logger;
}

/** Begins; the result ends it. */
export function watchProvider({
  provider,
  build,
  leading,
  define,
  logger,
}: ProviderWatch): () => Promise<void> {
  let asking = false;
  let isAway = false;
  const ask = async () => {
    const state = leading();
    if (state === undefined || asking) return;
    asking = true;
    try {
      const told = await provider.definitions(state.accounts, build);
      if ((told === undefined) !== isAway) {
        isAway = told === undefined;
        if (isAway)
          logger.warn({}, 'the provider of feature flags has no answer; what it said last stays in force');
        else logger.info({}, 'the provider of feature flags answers');
      }
      if (told === undefined || JSON.stringify(told) === JSON.stringify(state.known)) return;
      await define(told);
    } finally {
      asking = false;
    }
  };
  const look = () =>
    inBackground(ask(), (error) =>
      logger.warn({ error }, 'feature flags of the provider are not in force yet'),
    );
  provider.onChange(look);
  const timer = setInterval(look, EVERY_MS);
  timer.unref();
  look();
  return async () => {
    clearInterval(timer);
    await provider.close();
  };
}
