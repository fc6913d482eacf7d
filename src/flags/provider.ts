// Owns asking a provider of OpenFeature: a module that the configuration names, and what it says of each flag and account, as
// definitions that the engine can decide by at once. Loaded only where one is configured.
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Client, OpenFeature, type Provider, ProviderEvents } from '@openfeature/server-sdk';
import { type FlagDefinition, type FlagDefinitions, ON } from '../domain/flags/definition.js';
import { FLAG_NAMES, FLAGS, type FlagName } from '../domain/flags/flag.js';
import { pause } from '../observability/background.js';

/** Ours among all that a process may have. */
const DOMAIN = 'dtms';
/** An answer that takes longer is none, in ms. */
const ANSWER_MS = 2000;

export class FlagProvider {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Waits until the provider is ready.
   *
   * @param module - a path, or the name of a package; its default export is a Provider of OpenFeature.
   * @throws TypeError when it exports none; what the module or the provider throws
   */
  static async open(module: string): Promise<FlagProvider> {
    const isPath = isAbsolute(module) || module.startsWith('.');
    const loaded: unknown = await import(isPath ? pathToFileURL(resolve(module)).href : module);
    const provider: unknown = Reflect.get(Object(loaded), 'default');
    if (!isProvider(provider))
      throw new TypeError(`flags.provider: the default export of ${module} is no provider of OpenFeature`);
    await OpenFeature.setProviderAndWait(DOMAIN, provider);
    return new FlagProvider(OpenFeature.getClient(DOMAIN));
  }

  /** Called when the provider says that something changed. */
  onChange(listener: () => void): void {
    this.#client.addHandler(ProviderEvents.ConfigurationChanged, listener);
  }

  /**
   * What it says now of each flag, for nobody in particular and for each account where the flag may be targeted by it. All of a
   * flag is asked at once: however many accounts there are, a provider that is slow takes no longer than its slowest answer.
   *
   * @returns undefined where it has no answer to one of them: then what was known before counts.
   */
  async definitions(accounts: readonly string[], build: string): Promise<FlagDefinitions | undefined> {
    const found: Partial<Record<FlagName, FlagDefinition>> = {};
    for (const flag of FLAG_NAMES) {
      const asked = FLAGS[flag].subjects.includes('account') ? accounts : [];
      const [usual, ...own] = await Promise.all([
        this.#ask(flag, { targetingKey: build, build }),
        ...asked.map((account) => this.#ask(flag, { targetingKey: account, account, build })),
      ]);
      if (usual === undefined || own.includes(undefined)) return undefined;
      found[flag] = definitionOf(
        usual,
        asked.filter((_, index) => own[index] !== usual),
      );
    }
    return found;
  }

  close(): Promise<void> {
    return OpenFeature.clearProviders();
  }

  /** A flag it does not know is on. */
  async #ask(flag: FlagName, context: Readonly<Record<string, string>>): Promise<boolean | undefined> {
    const asked = this.#client.getBooleanDetails(flag, true, { ...context });
    const answered = new AbortController();
    const answer = await Promise.race([asked, pause(ANSWER_MS, answered.signal)]);
    answered.abort();
    if (answer === undefined) return undefined;
    const { value, errorCode } = answer;
    const isAnswer = errorCode === undefined || errorCode === 'FLAG_NOT_FOUND';
    // What the SDK hands on is whatever the module returned: a text such as "false" is no answer.
    return isAnswer && typeof value === 'boolean' ? value : undefined;
  }
}

/** On or off for everybody but some accounts. */
function definitionOf(usual: boolean, others: readonly string[]): FlagDefinition {
  const [variant, other] = usual ? ['on', 'off'] : ['off', 'on'];
  const targeting =
    others.length === 0 ? null : { if: [{ in: [{ var: 'account' }, [...others].sort()] }, other, variant] };
  return { ...ON, defaultVariant: variant, targeting };
}

function isProvider(value: unknown): value is Provider {
  return typeof Reflect.get(Object(value), 'resolveBooleanEvaluation') === 'function';
}
