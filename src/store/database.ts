// The database to use: the configured one, or an embedded one that lives as long as it is needed.
import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import { EmbeddedPostgres } from './embedded.js';

export interface Database {
  /** postgres://... with its password. */
  readonly url: string;
  /** "embedded" when it is ours. */
  readonly kind: 'embedded' | 'external';
  /** To be called last, when no connection is open any more. */
  stop(): Promise<void>;
}

/**
 * @param onDown - called when an embedded one ended and cannot be started again.
 * @throws Error that says why an embedded one cannot run.
 */
export async function openDatabase(
  config: Config,
  logger: Logger,
  onDown: (error: Error) => void,
): Promise<Database> {
  const { url, dataDir, embeddedPort } = config.database;
  if (url !== '') return { url, kind: 'external', stop: () => Promise.resolve() };
  const embedded = await EmbeddedPostgres.start({ dataDir, port: embeddedPort, onDown }, logger);
  return { url: embedded.url, kind: 'embedded', stop: () => embedded.stop() };
}
