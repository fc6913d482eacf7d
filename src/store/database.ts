// Owns the database to use: the configured one, or an embedded one that lives as long as it is needed.
import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import { EmbeddedPostgres } from './embedded.js';

export interface Database {
  /** postgres://... with its password. */
  readonly url: string;
  /** The same as the owner of the schema, whose role the service's own is not where it is ours. */
  readonly ownerUrl: string;
  /** "embedded" when it is ours. */
  readonly kind: 'embedded' | 'external';
  /** To be called last, when no connection is open any more. */
  stop(): Promise<void>;
}

/**
 * @param signal - ends a start that is under way: it rejects when nothing of it runs any more.
 * @throws Error that says why an embedded one cannot run.
 */
export async function openDatabase(config: Config, logger: Logger, signal?: AbortSignal): Promise<Database> {
  const { url, ownerUrl, dataDir, embeddedPort } = config.database;
  if (url !== '') return { url, ownerUrl: ownerUrl || url, kind: 'external', stop: () => Promise.resolve() };
  const embedded = await EmbeddedPostgres.start({ dataDir, port: embeddedPort, signal }, logger);
  const { url: owner, serviceUrl } = embedded;
  return { url: serviceUrl, ownerUrl: owner, kind: 'embedded', stop: () => embedded.stop() };
}
