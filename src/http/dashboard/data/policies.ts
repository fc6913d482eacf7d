// Owns what is known of policies, asked for every so often: which there are, and whether the one a trade has defends it.
import type { GetPolicyResponse, ListPoliciesResponse } from '../../../../gen/ts/dtms/v1/policy_service.js';
import type { Api } from './api.js';
import { path } from './api.js';
import { ApiError } from './api-error.js';
import type { Fleet } from './fleet.js';
import type { TradeJson } from './json.js';
import { Listeners, type Unsubscribe } from './listeners.js';
import { type ListedPolicyJson, PLAN, type PolicyJson, type PolicyStanding } from './policy.js';

interface PolicyName {
  readonly name: string;
  readonly version: string;
}

const EVERY_MS = 15_000;
const SOON_MS = 300;
/** Older versions that are asked for at a time. */
const MOST_VERSIONS = 20;

export class KnownPolicies {
  readonly #api: Api;
  readonly #fleet: Fleet;
  readonly #changes = new Listeners();
  /** What a version says never changes. */
  readonly #standings = new Map<string, PolicyStanding>();
  /** What was asked for out of turn: once each, whether anybody told or not. */
  readonly #sought = new Set<string>();
  #list: readonly ListedPolicyJson[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSoon = false;

  constructor(api: Api, fleet: Fleet) {
    this.#api = api;
    this.#fleet = fleet;
    fleet.onChange((key) => this.#see(key));
    fleet.onReset(() => this.#soon());
  }

  /** By name; the documented plan is not among them. */
  get list(): readonly ListedPolicyJson[] {
    return this.#list;
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  standing({ policy }: Pick<TradeJson, 'policy'>): PolicyStanding {
    if (policy === undefined || policy.name === PLAN) return 'enforces';
    return this.#standings.get(nameOf(policy)) ?? 'unknown';
  }

  /** Asks at once and from then on. */
  start(): void {
    clearTimeout(this.#timer);
    this.#isSoon = false;
    this.#ask()
      .catch((error: unknown) => {
        // One that is limited to accounts sees none; of others the next answer tells.
        if (error instanceof ApiError && error.status === 403) this.#list = [];
      })
      .finally(() => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.start(), document.hidden ? EVERY_MS * 4 : EVERY_MS);
      });
  }

  async #ask(): Promise<void> {
    const { policies } = await this.#api.get<ListPoliciesResponse>('/v1/dtms/policies');
    for (const { policy } of policies) if (policy !== undefined) this.#learn(policy);
    this.#list = policies;
    this.#changes.tell();
    await Promise.all(
      this.#unknown()
        .slice(0, MOST_VERSIONS)
        .map((ref) => this.#askFor(ref)),
    );
    this.#changes.tell();
  }

  async #askFor({ name, version }: PolicyName): Promise<void> {
    const told = await this.#api.get<GetPolicyResponse>(path`/v1/dtms/policies/${name}`, { version });
    if (told.policy?.policy !== undefined) this.#learn(told.policy.policy);
  }

  /** Versions that trades have and nothing is known of. */
  #unknown(): readonly PolicyName[] {
    const all = new Map<string, PolicyName>();
    for (const trade of this.#fleet.all())
      if (trade.policy !== undefined && this.standing(trade) === 'unknown')
        all.set(nameOf(trade.policy), trade.policy);
    return [...all.values()];
  }

  /** A trade with a policy nobody has told of yet. */
  #see(key: string): void {
    const trade = this.#fleet.at(key);
    if (trade?.policy === undefined || this.standing(trade) !== 'unknown') return;
    const name = nameOf(trade.policy);
    if (this.#sought.has(name)) return;
    this.#sought.add(name);
    this.#soon();
  }

  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), SOON_MS);
  }

  /** Something was done about one: asks at once. */
  changed(): void {
    this.start();
  }

  #learn({ name, version, observe }: PolicyJson): void {
    this.#standings.set(nameOf({ name, version }), observe ? 'observes' : 'enforces');
  }
}

function nameOf({ name, version }: PolicyName): string {
  return `${name} ${version}`;
}
