// The built program `dtms` as a child process: run to its end, or held while a test looks at its output.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-files.js';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class CliProcess {
  readonly #child: ChildProcess;
  readonly #outcome: Promise<Outcome>;
  #out = '';
  #err = '';
  #heard: () => void = () => {};

  /** Starts `dtms` with these arguments in a folder, and these environment variables besides the usual ones. */
  constructor(folder: string, args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'src', 'cli.js'), ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, DTMS_LOG_LEVEL: 'warn', DTMS_HTTP_PORT: '0', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Whose terminal runs the tests does not matter: it has none.
      detached: true,
    });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      this.#out += chunk.toString();
      this.#heard();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#err += chunk.toString();
    });
    this.#outcome = new Promise((resolve) =>
      child.on('close', (code) => {
        resolve({ code, out: this.#out, err: this.#err });
        this.#heard();
      }),
    );
  }

  /** Resolves with the match once the output has it; rejects when the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#out);
      if (match !== null) return match;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`ended without saying ${pattern}: ${this.#out}${this.#err}`);
      }
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  /** What it wrote on standard error so far. */
  get told(): string {
    return this.#err;
  }

  tell(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its end, whenever that comes. */
  ended(): Promise<Outcome> {
    return this.#outcome;
  }

  /** Ctrl-C; resolves with the end. */
  interrupt(): Promise<Outcome> {
    this.#child.kill('SIGINT');
    return this.#outcome;
  }
}
