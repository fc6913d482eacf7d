// Owns coming to the database at a start: it waits for one that is away, saying so, and tells what it came to.
import type { Config } from '../config/config.js';
import { hostsOf } from '../config/database-url.js';
import { pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { Database } from '../store/database.js';
import { mayPass } from '../store/errors.js';
import { Store } from '../store/store.js';

const RETRY_MS = { first: 100, most: 2_000 };
/** How often it is said that the database is still away. */
const SAY_MS = 10_000;

/** @throws what says that no waiting helps; the signal's reason when that ends the waiting. */
export function openStore(
  { url, ownerUrl }: Pick<Database, 'url' | 'ownerUrl'>,
  config: Config,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<Store> {
  const open = async () => {
    const store = await Store.open(url, config, logger, ownerUrl);
    await tell(store, url, logger).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    return store;
  };
  return whenThere(open, logger, signal);
}

/**
 * Tries a step of the start that needs the database until it is there.
 *
 * @param step - may be repeated after it failed.
 * @throws what says that no waiting helps; the signal's reason when that ends the waiting.
 */
export async function whenThere<T>(
  step: () => Promise<T>,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<T> {
  const startedAt = performance.now();
  let saidAt = Number.NEGATIVE_INFINITY;
  for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.most)) {
    signal?.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      if (!mayPass(error)) throw error;
      const now = performance.now();
      if (now - saidAt >= SAY_MS) {
        saidAt = now;
        const waited_s = Math.round((now - startedAt) / 1000);
        // Its stack would say nothing more.
        const { message: reason } = error;
        logger.warn({ reason, waited_s }, 'the database is away: the start waits for it');
      }
    }
    await pause(waitMs, signal);
  }
}

async function tell(store: Store, url: string, logger: Logger): Promise<void> {
  const { place, timeline, standbys, replication } = await store.standing();
  logger.info(
    { place, version: store.serverVersion, timeline, replication, standbys },
    'connected to the database',
  );
  // Several hosts are there to take over, whether or not one follows now.
  const several = hostsOf(url).urls.length > 1;
  if (replication === 'asynchronous' || (several && replication === 'none'))
    logger.warn(
      { standbys },
      'replication is asynchronous: a failover may lose what was acknowledged; set synchronous_standby_names',
    );
}
