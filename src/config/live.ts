// Owns the settings a server runs by, of which some change while it runs: all of a new configuration, or none of it.
import { type Config, ConfigError, type ConfigReading } from './config.js';
import { differences, type SettingChange } from './shown.js';

/** What takes effect at once; every other setting waits for a restart. A name stands for all below it. */
const LIVE: readonly string[] = [
  'limits',
  'flags.file',
  'log.level',
  'retention.days',
  'retention.answerHours',
  ...['notices.plan', 'noticePlan', 'noticeSecrets'],
];

/** Whether a setting takes effect while a server runs. */
export function isLive(path: string): boolean {
  return LIVE.some((live) => path === live || path.startsWith(`${live}.`));
}

/** What reading the configuration again came to. */
export interface Reread {
  /** Settings in force that change. */
  readonly changed: readonly SettingChange[];
  /** Settings that wait for a restart: they differ from what the server was started with. */
  readonly needsRestart: readonly string[];
  readonly next: Config;
}

export class LiveConfig {
  /** What the server runs by. The object stays the same: whoever holds it, or its limits, sees what changes. */
  readonly settings: Config;
  readonly #read: () => ConfigReading;
  #revision = 1;
  #needsRestart: readonly string[] = [];

  /** @param read - reads the configuration as the program was told to at its start. */
  constructor(config: Config, read: () => ConfigReading) {
    const { limits, retention, flags } = config;
    this.settings = { ...config, limits: { ...limits }, retention: { ...retention }, flags: { ...flags } };
    this.#read = read;
  }

  /** How many configurations took effect, the one of the start included. */
  get revision(): number {
    return this.#revision;
  }

  get needsRestart(): readonly string[] {
    return this.#needsRestart;
  }

  /** What would change; nothing does yet. @throws ConfigError with every problem. */
  reread(): Reread {
    const { config: next, problems } = this.#read();
    if (problems.length > 0) throw new ConfigError(problems);
    const all = differences(this.settings, next);
    return {
      changed: all.filter(({ path }) => isLive(path)),
      needsRestart: all.map(({ path }) => path).filter((path) => !isLive(path)),
      next,
    };
  }

  /** Puts what can change into force, in one turn of the event loop. */
  apply({ changed, needsRestart, next }: Reread): void {
    this.#needsRestart = needsRestart;
    if (changed.length === 0) return;
    const { days, answerHours } = next.retention;
    Object.assign(this.settings.limits, next.limits);
    Object.assign(this.settings.retention, { days, answerHours });
    Object.assign(this.settings.flags, { file: next.flags.file });
    const log = { ...this.settings.log, level: next.log.level };
    const notices = { ...this.settings.notices, plan: next.notices.plan };
    const { noticePlan, noticeSecrets } = next;
    Object.assign(this.settings, { log, notices, noticePlan, noticeSecrets });
    this.#revision += 1;
  }
}
