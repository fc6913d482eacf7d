// Owns a server in a simulation: the real authority, commands and watches over a store in memory. It can die at any
// moment, and begin anew.
import { CommandRunner } from '../../src/commands/runner.js';
import type { Rules } from '../../src/domain/rules.js';
import { Authority } from '../../src/engine/authority.js';
import { createLogger } from '../../src/observability/logger.js';
import { WatchHub } from '../../src/watch/watch.js';
import type { MemoryDatabase } from './memory-database.js';
import { MemoryStore } from './memory-store.js';
import { FaultyLine, Lost, type Weather } from './weather.js';

const SILENT = createLogger('silent');
const WATCHES = { ringEvents: 64, bookmarkMs: 5000, pollMs: 1000, maxWatchers: 100 };

/** Between two checkpoints, ms: several in a storm. */
const CHECKPOINT_MS = 1000;

export interface ServerWorld {
  readonly database: MemoryDatabase;
  readonly weather: Weather;
  readonly rules: Rules;
  readonly startedAt: number;
}

export class SimServer {
  readonly name: string;
  readonly line: FaultyLine;
  readonly commands: CommandRunner;
  readonly watches: WatchHub;
  readonly authority: Authority;
  readonly #death: Promise<never>;
  #die: (error: Error) => void = () => undefined;
  dead = false;
  /** It takes calls. */
  open = false;

  constructor(name: string, world: ServerWorld) {
    this.name = name;
    this.line = new FaultyLine(world.weather);
    const store = new MemoryStore(world.database, this.line, world.rules.retainedBars);
    const processClock = () => Math.floor(world.startedAt + performance.now());
    const listener = {
      leads: () => undefined,
      written: () => undefined,
      planned: () => undefined,
      advanced: () => this.watches.hint(),
    };
    this.authority = new Authority(
      store,
      { rules: world.rules, maxPending: 10_000, processClock, journal: 'kept', checkpointMs: CHECKPOINT_MS },
      listener,
      SILENT,
    );
    this.commands = new CommandRunner(this.authority, store);
    const nothing = { snapshot: () => ({ revision: 0, items: [] }) };
    this.watches = new WatchHub(store, nothing, WATCHES, SILENT);
    this.#death = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.#death.catch(() => undefined);
  }

  async start(): Promise<void> {
    this.authority.start(this.name);
    while (!this.dead) {
      try {
        await this.watches.start();
        this.open = true;
        return;
      } catch {
        // Its database is away; so it tries again.
      }
    }
  }

  /** What it answers, if it lives so long. */
  async serve<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead || !this.open) throw new Lost('nobody is there');
    const answer = await Promise.race([work(), this.#death]);
    if (this.dead) throw new Lost('the server died');
    return answer;
  }

  /** SIGKILL: nobody hears of it again. */
  kill(): void {
    this.dead = true;
    this.open = false;
    this.line.cut();
    this.#die(new Lost('the server died'));
    // Its timers would run on in this process.
    this.authority.stop().catch(() => undefined);
    this.watches.stop().catch(() => undefined);
  }
}
