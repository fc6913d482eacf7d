// Owns the page of the effect: results of trades with DTMS and left alone, in all and by account, symbol and policy, and the
// trades that ended last.
import type {
  GetEffectResponse,
  ListTradeEffectsResponse,
} from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { Page } from '../app-context.js';
import type { Json } from '../data/json.js';
import { href } from '../router.js';
import { h, scrolling } from '../ui/dom.js';
import { integer, rMultiple, signed, span, UNKNOWN, words } from '../ui/format.js';
import { type ListColumn, tableOf } from '../ui/list-table.js';
import { whenNew } from '../ui/when-new.js';
import { polled } from './polled.js';

const EVERY_MS = 15_000;
const TRADES = 50;

type EffectJson = Json<GetEffectResponse>;
type NamedJson = EffectJson['accounts'][number];
type FiguresJson = NonNullable<EffectJson['total']>;
type TradeEffectJson = Json<ListTradeEffectsResponse>['effects'][number];

export const effectPage: Page = (element, _params, { api, preferences }) => {
  const figures = h('section', { class: 'panel' });
  const trades = h('section', { class: 'panel' });
  const whenOther = whenNew();
  const poll = polled(EVERY_MS, async (signal) => {
    const [told, list] = await Promise.all([
      api.get<GetEffectResponse>('/v1/dtms/effect', {}, { signal }),
      api.get<ListTradeEffectsResponse>('/v1/dtms/effect/trades', { pageSize: TRADES }, { signal }),
    ]);
    const { effects } = list;
    const time = (at: string | undefined) => (at === undefined ? UNKNOWN : preferences.time(at, 'date'));
    // Times read differently in another zone.
    const made = JSON.stringify([told, effects, effects.map(({ closedAt }) => time(closedAt))]);
    whenOther([made], () => {
      figures.replaceChildren(...figuresOf(told));
      trades.replaceChildren(h('h2', {}, 'Trades that ended last'), tradesOf(effects, time));
    });
  });
  element.append(h('h1', {}, 'Effect'), poll.note, figures, trades);
  return () => poll.end();
};

function figuresOf(told: EffectJson): HTMLElement[] {
  const { total, accounts, symbols, policies, observed, ...limits } = told;
  const { leastTrades, leastBlocks, horizonSeconds, truncated } = limits;
  const of = (what: string, named: readonly NamedJson[]) =>
    named.flatMap(({ name, figures }) => (figures === undefined ? [] : { what, name, figures }));
  const rows = [
    ...(total === undefined ? [] : [{ what: '', name: 'All trades', figures: total }]),
    ...of('Account', accounts),
    ...of('Symbol', symbols),
    ...of('Policy', policies),
    ...of('Only observes:', observed),
  ];
  return [
    h('p', { class: 'soft' }, WHAT),
    scrolling('Figures', tableOf(FIGURES, rows)),
    h(
      'p',
      { class: 'soft' },
      `Fewer than ${leastTrades} trades, or than ${leastBlocks} weeks or days they began in, say too little. `,
      `Left alone, a trade is valued ${span(Number(horizonSeconds) * 1000)} after the real one ended at the latest.`,
      truncated ? ' There are more trades: those that ended last are counted.' : undefined,
    ),
  ];
}

const WHAT =
  'R with DTMS against the same trades left alone with the stop and target they were registered with, on the same prices. Of a policy that only observes, With is what its rules would have made of the trades. Trades of which that cannot be told are set apart and count in no figure.';

/** Figures of what is named; `what` says what that is. */
interface Figured {
  readonly what: string;
  readonly name: string;
  readonly figures: FiguresJson;
}

const FIGURES: readonly ListColumn<Figured>[] = [
  {
    title: 'Of',
    cell: ({ what, name }) => (what === '' ? name : [h('span', { class: 'soft' }, what), ` ${name}`]),
  },
  ...counted({
    Trades: ({ trades }) => trades,
    Touched: ({ touched }) => touched,
    Helped: ({ helped }) => helped,
    Hurt: ({ hurt }) => hurt,
  }),
  ...summed({
    With: ({ withR }) => withR,
    'Left alone': ({ withoutR }) => withoutR,
    Difference: ({ differenceR }) => differenceR,
  }),
  { title: 'Mean difference a trade', kind: 'number', cell: ({ figures }) => meanText(figures) },
  ...counted({ Followed: ({ followed }) => followed }),
  {
    title: 'Apart',
    kind: 'number',
    cell: ({ figures }) => integer(figures.apart.reduce((sum, { trades }) => sum + trades, 0)),
    hint: ({ figures }) =>
      figures.apart.map(({ trades, reason }) => `${trades} ${words(reason, 'APART_REASON_')}`).join(', '),
  },
];

type Figure = (figures: FiguresJson) => number;

function counted(named: Readonly<Record<string, Figure>>): readonly ListColumn<Figured>[] {
  return numbers(named, integer);
}

/** Nothing is summed up of no trade. */
function summed(named: Readonly<Record<string, Figure>>): readonly ListColumn<Figured>[] {
  return numbers(named, (r, { trades }) => (trades === 0 ? UNKNOWN : rMultiple(r)));
}

function numbers(
  named: Readonly<Record<string, Figure>>,
  text: (value: number, figures: FiguresJson) => string,
): readonly ListColumn<Figured>[] {
  return Object.entries(named).map(([title, of]) => ({
    title,
    kind: 'number',
    cell: ({ figures }) => text(of(figures), figures),
  }));
}

function meanText({ tooFew, meanDifferenceR, meanLowR, meanHighR }: FiguresJson): string {
  if (tooFew) return 'too few to say';
  return `${signed(meanDifferenceR, 3)} R, 95% ${signed(meanLowR, 3)} to ${signed(meanHighR, 3)}`;
}

function tradesOf(
  effects: readonly TradeEffectJson[],
  time: (at: string | undefined) => string,
): HTMLElement {
  if (effects.length === 0) return h('p', { class: 'empty' }, 'No trade has ended yet.');
  const isObserved = effects.some(({ observed }) => observed.length > 0);
  const columns: readonly ListColumn<TradeEffectJson>[] = [
    {
      title: 'Trade',
      cell: ({ account, ticket }) =>
        h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`),
    },
    { title: 'Symbol', cell: ({ symbol }) => symbol },
    { title: 'Policy', cell: ({ policy }) => policy },
    { title: 'Ended', cell: ({ closedAt }) => time(closedAt) },
    { title: 'With', kind: 'number', cell: ({ withR }) => rMultiple(withR) },
    { title: 'Left alone', kind: 'number', cell: ({ withoutR }) => rMultiple(withoutR) },
    { title: 'Difference', kind: 'number', cell: ({ differenceR }) => rMultiple(differenceR) },
    ...(isObserved ? [OBSERVED] : []),
    { title: 'How it stands', kind: 'why', cell: standing },
  ];
  return scrolling('Trades', tableOf(columns, effects));
}

const OBSERVED: ListColumn<TradeEffectJson> = {
  title: 'Under those that observe',
  kind: 'why',
  cell: ({ observed }) => observed.map(observedText).join(', '),
};

/** "trail v2 +0.31 R": what a policy that only observes would have made of the trade. */
function observedText({ policy, status, apart, r }: TradeEffectJson['observed'][number]): string {
  const name = `${policy?.name ?? ''} v${policy?.version ?? ''}`;
  if (status === 'EFFECT_STATUS_APART') return `${name} apart: ${words(apart, 'APART_REASON_')}`;
  return `${name} ${r === undefined ? 'followed' : rMultiple(r)}`;
}

function standing({ status, apart, touched, aloneEnd }: TradeEffectJson): string {
  if (status === 'EFFECT_STATUS_APART') return `apart: ${words(apart, 'APART_REASON_')}`;
  if (status === 'EFFECT_STATUS_FOLLOWED') return 'left alone it is still open';
  return touched ? `left alone it ended ${ENDS[aloneEnd] ?? ''}`.trim() : 'DTMS did nothing';
}

const ENDS: Readonly<Record<string, string>> = {
  ALONE_END_TOGETHER: 'with it',
  ALONE_END_STOP_LOSS: 'at its stop',
  ALONE_END_TAKE_PROFIT: 'at its target',
  ALONE_END_HORIZON: 'at the horizon',
};
