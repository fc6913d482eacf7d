// Owns reading a server's configuration again and putting it into force. It is this process's own: other servers read
// theirs.
import { type Config, ConfigError } from '../config/config.js';
import type { LiveConfig, Reread } from '../config/live.js';
import type { SettingChange } from '../config/shown.js';
import { configRefused } from '../errors/errors.js';
import { over } from '../observability/background.js';
import type { LevelControl } from '../observability/log-level.js';
import type { Logger } from '../observability/logger.js';
import type { AuditTable } from '../store/audits.js';
import { auditOf, type Issuer } from './command.js';

export interface ReloadParts {
  readonly live: LiveConfig;
  readonly audits: Pick<AuditTable, 'add'>;
  readonly levels: LevelControl;
  readonly logger: Logger;
  /**
   * Puts the definitions of the file of feature flags into force, where this server leads: all servers follow.
   *
   * @returns the flags that are other than before; none where another server leads, whose own file counts.
   */
  readonly defineFlags: (settings: Config['flags'], issuer: Issuer) => Promise<readonly string[]>;
}

export interface Reloaded {
  readonly revision: number;
  /** Paths of settings, and of flags such as flags.enforce. */
  readonly changed: readonly string[];
  readonly needsRestart: readonly string[];
}

export class ConfigReloads {
  readonly #parts: ReloadParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ReloadParts) {
    this.#parts = parts;
  }

  /** The settings in force. */
  get live(): Pick<LiveConfig, 'settings' | 'revision' | 'needsRestart'> {
    return this.#parts.live;
  }

  /**
   * Reads the configuration again. What can change takes effect at once.
   *
   * @throws DtmsError CONFIG_REFUSED, and nothing of it takes effect; STORE_UNAVAILABLE, as it is audited first
   */
  reload(issuer: Issuer): Promise<Reloaded> {
    const turn = this.#last.then(() => this.#reload(issuer));
    this.#last = over(turn);
    return turn;
  }

  /** The same, told by a signal or a file and not by a person. @param method - names it in the audit. */
  async byItself(method: string, serverId: string): Promise<void> {
    await this.reload({ method, principal: { name: 'server', id: serverId } });
  }

  async #reload(issuer: Issuer): Promise<Reloaded> {
    const { live, audits, logger } = this.#parts;
    const reread = this.#reread(issuer);
    const { changed, needsRestart, next } = reread;
    const detail = {
      revision: live.revision + (changed.length > 0 ? 1 : 0),
      changed: [...changed],
      needsRestart,
    };
    // Written down first: what could not be is not done.
    await audits.add(auditOf(issuer, { detail }));
    live.apply(reread);
    this.#follow(changed, next, issuer);
    const flags = await this.#parts.defineFlags(next.flags, issuer);
    const { revision } = live;
    const paths = [...changed.map(({ path }) => path), ...flags.map((flag) => `flags.${flag}`)];
    const fields = { revision, changed: paths, needs_restart: needsRestart, by: issuer.principal.name };
    logger.warn(fields, 'the configuration was read again');
    return { revision, changed: paths, needsRestart };
  }

  #reread(issuer: Issuer): Reread {
    const { live, logger } = this.#parts;
    try {
      return live.reread();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { problems } = error;
      logger.error(
        { problems, by: issuer.principal.name },
        'the configuration was refused; nothing of it is in force',
      );
      throw configRefused(problems);
    }
  }

  #follow(changed: readonly SettingChange[], next: Config, { principal }: Issuer): void {
    const { levels } = this.#parts;
    const has = (name: string) => changed.some(({ path }) => path === name || path.startsWith(`${name}.`));
    if (has('log.level')) levels.set(next.log.level, null, principal.name);
  }
}
