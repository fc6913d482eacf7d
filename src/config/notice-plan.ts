// Owns the plan of notices as a file: JSON, checked as a whole, so that everything that is wrong with it is told at once and
// where. Secrets are not in it: each is a variable named by its channel, or the file that variable's _FILE names.
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { offsetIn } from '../domain/market/zones.js';
import { LASTING_KINDS, NOTICE_KINDS, SEVERITIES } from '../domain/notices/notice.js';
import {
  DEFAULT_TEMPLATE,
  GROUP_FIELDS,
  NO_PLAN,
  type NoticePlan,
  type NoticeRule,
  TEMPLATE_FIELDS,
  unknownFields,
} from '../domain/notices/notice-plan.js';
import type { Env } from './environment.js';
import { readJson } from './json-file.js';
import { withSecretFiles } from './secret-files.js';
import { faultsOf, meant } from './shape-faults.js';

const strict = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: 500 });
const texts = Type.Array(text, { minItems: 1, maxItems: 100 });
const name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' });
const names = Type.Array(name, { minItems: 1, maxItems: 20 });
const seconds = Type.Integer({ minimum: 1, maximum: 604_800 });
const clock = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$' });
const severity = Type.Enum([...SEVERITIES]);
const url = Type.String({ pattern: '^https?://[^\\s@]+$', maxLength: 2000 });

const CHANNELS = {
  webhook: Type.Object({ name, kind: Type.Literal('webhook'), url }, strict),
  telegram: Type.Object(
    { name, kind: Type.Literal('telegram'), chatId: text, baseUrl: Type.Optional(url) },
    strict,
  ),
  discord: Type.Object({ name, kind: Type.Literal('discord') }, strict),
  slack: Type.Object({ name, kind: Type.Literal('slack') }, strict),
  email: Type.Object(
    {
      name,
      kind: Type.Literal('email'),
      host: text,
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
      tls: Type.Optional(Type.Enum(['required', 'implicit', 'off'])),
      user: Type.Optional(text),
      from: text,
      to: texts,
    },
    strict,
  ),
} as const;

const STREAM = Type.Object(
  {
    name,
    kind: Type.Literal('nats'),
    servers: texts,
    subject: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$' })),
    user: Type.Optional(text),
  },
  strict,
);

const WHERE = Type.Object(
  {
    accounts: Type.Optional(texts),
    symbols: Type.Optional(texts),
    labels: Type.Optional(texts),
    magicNumbers: Type.Optional(Type.Array(Type.Integer(), { minItems: 1, maxItems: 100 })),
    severity: Type.Optional(severity),
  },
  strict,
);

const RULE = Type.Object(
  {
    name,
    kinds: Type.Array(Type.Enum(['*', ...NOTICE_KINDS]), { minItems: 1, maxItems: 50 }),
    where: Type.Optional(WHERE),
    severity: Type.Optional(severity),
    afterSeconds: Type.Optional(seconds),
    quiet: Type.Optional(
      Type.Object({ from: clock, to: clock, zone: text, except: Type.Optional(severity) }, strict),
    ),
    group: Type.Optional(
      Type.Object({ by: Type.Array(Type.Enum([...GROUP_FIELDS])), seconds: seconds }, strict),
    ),
    rate: Type.Optional(
      Type.Object({ most: Type.Integer({ minimum: 1, maximum: 10_000 }), seconds: seconds }, strict),
    ),
    escalate: Type.Optional(
      Type.Object({ afterMinutes: Type.Integer({ minimum: 1, maximum: 10_080 }), channels: names }, strict),
    ),
    template: Type.Optional(Type.Object({ title: Type.Optional(text), text: Type.Optional(text) }, strict)),
    channels: names,
  },
  strict,
);

const ANY_CHANNEL = Type.Object({ kind: Type.Enum(Object.keys(CHANNELS)) });
const SHAPE = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    channels: Type.Array(ANY_CHANNEL, { minItems: 1, maxItems: 50 }),
    rules: Type.Array(RULE, { maxItems: 100 }),
    streams: Type.Optional(Type.Array(STREAM, { maxItems: 10 })),
  },
  strict,
);

type ChannelText = Static<(typeof CHANNELS)[keyof typeof CHANNELS]>;
type RuleText = Static<typeof RULE>;
type PlanText = Omit<Static<typeof SHAPE>, 'channels'> & { readonly channels: readonly ChannelText[] };

/** A plan with the secrets of its channels. */
export interface NoticePlanReading {
  readonly plan: NoticePlan;
  /** By the names of their variables. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The variables that are the plan's, and those that name files of them. */
  readonly variables: readonly string[];
}

const NOTHING: NoticePlanReading = { plan: NO_PLAN, secrets: {}, variables: [] };

/**
 * Reads the plan in a file.
 *
 * @param file - empty: there is none.
 * @param use - only who serves needs the secrets.
 * @param problems - receives everything that is wrong, each with the file and the place in it.
 */
export function readNoticePlan(
  file: string,
  variables: Env,
  use: 'serving' | 'tools',
  problems: string[],
): NoticePlanReading {
  if (file === '') return NOTHING;
  const found: string[] = [];
  const body = parsed(file, found);
  const plan = body === undefined ? undefined : checkedPlan(body, found);
  problems.push(...found.map((problem) => `notices.plan: ${file}: ${problem}`));
  if (plan === undefined) return NOTHING;
  const needed = [...plan.channels, ...plan.streams].flatMap((each) => secretsOf(each));
  const secrets = readSecrets(needed, variables, use, problems);
  return { plan, secrets, variables: needed.flatMap(({ variable }) => [variable, `${variable}_FILE`]) };
}

function parsed(file: string, problems: string[]): unknown {
  try {
    return readJson(file);
  } catch (error) {
    problems.push(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

const shape = Compile(SHAPE);
const channelShapes = Object.fromEntries(
  Object.entries(CHANNELS).map(([kind, schema]) => [kind, Compile(schema)]),
);

/** The plan of parsed JSON; undefined where there is anything wrong. @param problems - receives all of it. */
export function checkedPlan(body: unknown, problems: string[]): NoticePlan | undefined {
  if (!shape.Check(body)) problems.push(...faultsOf(shape.Errors(body)[1], SHAPE, ''));
  const channels: unknown = Reflect.get(Object(body), 'channels');
  for (const [index, channel] of (Array.isArray(channels) ? channels : []).entries()) {
    const kind = String(Reflect.get(Object(channel), 'kind'));
    const own = channelShapes[kind];
    if (own === undefined || own.Check(channel)) continue;
    problems.push(
      ...faultsOf(own.Errors(channel)[1], CHANNELS[kind as keyof typeof CHANNELS], `channels[${index}]`),
    );
  }
  if (problems.length > 0) return undefined;
  const plan = planOf(body as PlanText);
  problems.push(...contradictions(plan, body as PlanText));
  return problems.length > 0 ? undefined : plan;
}

function planOf({ channels, rules, streams = [] }: PlanText): NoticePlan {
  return {
    channels: channels.map((channel) => {
      if (channel.kind === 'telegram') return { baseUrl: 'https://api.telegram.org', ...channel };
      return channel.kind === 'email' ? { tls: 'required' as const, user: '', ...channel } : channel;
    }),
    rules: rules.map(ruleOf),
    streams: streams.map((stream) => ({ subject: 'dtms', user: '', ...stream })),
  };
}

function ruleOf({ kinds, quiet, group, rate, escalate, ...rule }: RuleText): NoticeRule {
  return {
    name: rule.name,
    kinds: NOTICE_KINDS.filter((kind) => kinds.includes('*') || kinds.includes(kind)),
    where: rule.where ?? {},
    severity: rule.severity ?? null,
    afterMs: (rule.afterSeconds ?? 0) * 1000,
    quiet:
      quiet === undefined
        ? null
        : {
            ...quiet,
            from: minuteOf(quiet.from),
            to: minuteOf(quiet.to),
            except: quiet.except ?? 'CRITICAL',
          },
    group: group === undefined ? null : { by: group.by, windowMs: group.seconds * 1000 },
    rate: rate === undefined ? null : { most: rate.most, windowMs: rate.seconds * 1000 },
    escalate:
      escalate === undefined
        ? null
        : { afterMs: escalate.afterMinutes * 60_000, channels: escalate.channels },
    template: { ...DEFAULT_TEMPLATE, ...rule.template },
    channels: rule.channels,
  };
}

function minuteOf(clockText: string): number {
  const [hours = 0, minutes = 0] = clockText.split(':').map(Number);
  return hours * 60 + minutes;
}

/** What the shape cannot say. */
function contradictions({ channels, rules, streams }: NoticePlan, body: PlanText): string[] {
  const known = channels.map((channel) => channel.name);
  const problems = [
    ...repeated('channels', [...channels, ...streams]),
    ...repeated('rules', rules),
    ...urlFaults(body),
  ];
  for (const [index, rule] of rules.entries()) {
    const at = `rules[${index}]`;
    for (const channel of [...rule.channels, ...(rule.escalate?.channels ?? [])])
      if (!known.includes(channel))
        problems.push(`${at}: there is no channel ${channel}${meant(channel, known)}`);
    for (const field of [...unknownFields(rule.template.title), ...unknownFields(rule.template.text)])
      problems.push(`${at}.template: there is no field {${field}}${meant(field, TEMPLATE_FIELDS)}`);
    if (rule.quiet !== null && !isZone(rule.quiet.zone))
      problems.push(
        `${at}.quiet.zone: there is no time zone ${rule.quiet.zone}; give one such as Europe/Berlin`,
      );
    const lasting: readonly string[] = LASTING_KINDS;
    const waits = rule.afterMs > 0 || rule.escalate !== null;
    if (waits && !(body.rules[index]?.kinds ?? []).some((kind) => kind === '*' || lasting.includes(kind)))
      problems.push(`${at}: afterSeconds and escalate are for what lasts, and none of its kinds does`);
  }
  return problems;
}

/** Addresses that look right and lead nowhere, such as one with a port of 99999. */
function urlFaults({ channels, streams = [] }: PlanText): string[] {
  const urls = channels.flatMap((channel, index) =>
    ['url', 'baseUrl'].map((key) => [`channels[${index}].${key}`, Reflect.get(channel, key)] as const),
  );
  const servers = streams.flatMap(({ servers }, index) =>
    servers.map((server, at) => [`streams[${index}].servers[${at}]`, `nats://${server}`] as const),
  );
  return [...urls, ...servers]
    .filter(([, url]) => typeof url === 'string' && !URL.canParse(url))
    .map(([at]) => `${at}: is no address`);
}

function isZone(zone: string): boolean {
  try {
    offsetIn(zone, 0);
    return true;
  } catch {
    return false;
  }
}

function repeated(list: string, items: readonly { readonly name: string }[]): string[] {
  const names = items.map((item) => item.name);
  return names.flatMap((each, index) =>
    names.indexOf(each) === index ? [] : [`${list}[${index}].name: ${each} is taken`],
  );
}

interface NeededSecret {
  readonly variable: string;
  readonly what: 'SECRET' | 'TOKEN' | 'URL' | 'PASSWORD';
}

/** The variable of a channel's secret. */
export function secretVariable(channel: string, what: NeededSecret['what']): string {
  return `DTMS_NOTICES_${channel.toUpperCase().replaceAll('-', '_')}_${what}`;
}

function secretsOf(channel: NoticePlan['channels'][number] | NoticePlan['streams'][number]): NeededSecret[] {
  const need = (what: NeededSecret['what']) => [{ variable: secretVariable(channel.name, what), what }];
  switch (channel.kind) {
    case 'webhook':
      return need('SECRET');
    case 'telegram':
      return need('TOKEN');
    case 'discord':
    case 'slack':
      return need('URL');
    case 'email':
    case 'nats':
      return channel.user === '' ? [] : need('PASSWORD');
  }
}

/** What each kind of secret must be, without a word of what it is. */
const FORMS: Readonly<Record<NeededSecret['what'], { readonly form: RegExp; readonly says: string }>> = {
  SECRET: { form: /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, says: 'must be whsec_ and 24 to 64 bytes in base64' },
  TOKEN: { form: /^[A-Za-z0-9:_-]+$/, says: 'must be a token such as 123456:ABC' },
  URL: { form: /^https?:\/\/[^\s@]+$/, says: 'must be a URL such as https://hooks.example.com/...' },
  PASSWORD: { form: /^[^\r\n]+$/, says: 'must be one line' },
};

function readSecrets(
  needed: readonly NeededSecret[],
  variables: Env,
  use: 'serving' | 'tools',
  problems: string[],
): Record<string, string> {
  const given = withSecretFiles(
    variables,
    needed.map(({ variable }) => variable),
    problems,
  );
  const secrets: Record<string, string> = {};
  for (const { variable, what } of needed) {
    const value = given[variable];
    const { form, says } = FORMS[what];
    if (value !== undefined && form.test(value) && (what !== 'URL' || URL.canParse(value)))
      secrets[variable] = value;
    else if (value !== undefined) problems.push(`${variable}: ${says}`);
    else if (use === 'serving' && variables[`${variable}_FILE`] === undefined)
      problems.push(`${variable}: is not set, nor is ${variable}_FILE, and the plan of notices needs it`);
  }
  return secrets;
}
