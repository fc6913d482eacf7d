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
import { duration, integer, rMultiple, signed, UNKNOWN, words } from '../ui/format.js';
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
  const poll = polled(EVERY_MS, async (signal) => {
    const [told, list] = await Promise.all([
      api.get<GetEffectResponse>('/v1/dtms/effect', {}, { signal }),
      api.get<ListTradeEffectsResponse>('/v1/dtms/effect/trades', { pageSize: TRADES }, { signal }),
    ]);
    figures.replaceChildren(...figuresOf(told));
    trades.replaceChildren(
      h('h2', {}, 'Trades that ended last'),
      list.effects.length === 0
        ? h('p', { class: 'empty' }, 'No trade has ended yet.')
        : scrolling(
            'Trades',
            tradesTable(list.effects, (at) => preferences.time(at, 'date')),
          ),
    );
  });
  element.append(h('h1', {}, 'Effect'), poll.note, figures, trades);
  return () => poll.end();
};

function figuresOf(told: EffectJson): HTMLElement[] {
  const { total, accounts, symbols, policies, leastTrades, leastBlocks, horizonSeconds, truncated } = told;
  const whole = total === undefined ? [] : [{ name: 'All', figures: total }];
  const groups: readonly (readonly [string, readonly NamedJson[]])[] = [
    ['All trades', whole],
    ['Account', accounts],
    ['Symbol', symbols],
    ['Policy', policies],
  ];
  const shown = groups.filter(([, named]) => named.length > 0);
  return [
    h('p', { class: 'soft' }, WHAT),
    scrolling('Figures', figuresTable(shown)),
    h(
      'p',
      { class: 'soft' },
      `Fewer than ${leastTrades} trades, or than ${leastBlocks} weeks or days they began in, say too little. `,
      `Left alone, a trade is valued ${duration(Number(horizonSeconds) * 1000)} after the real one ended at the latest.`,
      truncated ? ' There are more trades: those that ended last are counted.' : undefined,
    ),
  ];
}

const WHAT =
  'R with DTMS against the same trades left alone with the stop and target they were registered with, on the same prices. Trades of which that cannot be told are set apart and count in no figure.';

const HEADS = [
  ['Trades', 'number'],
  ['Touched', 'number'],
  ['Helped', 'number'],
  ['Hurt', 'number'],
  ['With', 'number'],
  ['Left alone', 'number'],
  ['Difference', 'number'],
  ['Mean difference a trade', 'number'],
  ['Followed', 'number'],
  ['Apart', 'number'],
] as const;

function figuresTable(groups: readonly (readonly [string, readonly NamedJson[]])[]): HTMLElement {
  const bodies = groups.map(([title, named]) =>
    h(
      'tbody',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'rowgroup' }, title),
        ...HEADS.map(([head, kind]) => h('th', { scope: 'col', class: kind }, head)),
      ),
      ...named.map(({ name, figures }) => figuresRow(name, figures)),
    ),
  );
  return h('table', { class: 'list' }, ...bodies);
}

function figuresRow(name: string, figures: FiguresJson | undefined): HTMLElement {
  const number = (text: string, title?: string) => h('td', { class: 'number', title }, text);
  if (figures === undefined) return h('tr', {}, h('th', { scope: 'row' }, name));
  const { trades, touched, helped, hurt, withR, withoutR, differenceR, followed, apart } = figures;
  const why = apart.map((each) => `${each.trades} ${words(each.reason, 'APART_REASON_')}`).join(', ');
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...[trades, touched, helped, hurt].map((count) => number(integer(count))),
    ...[withR, withoutR, differenceR].map((r) => number(rMultiple(r))),
    number(meanText(figures)),
    number(integer(followed)),
    number(integer(apart.reduce((sum, each) => sum + each.trades, 0)), why),
  );
}

function meanText({ tooFew, meanDifferenceR, meanLowR, meanHighR }: FiguresJson): string {
  if (tooFew) return 'too few to say';
  return `${signed(meanDifferenceR, 3)} R, 95% ${signed(meanLowR, 3)} to ${signed(meanHighR, 3)}`;
}

const TRADE_HEADS = [
  ['Trade', ''],
  ['Symbol', ''],
  ['Policy', ''],
  ['Ended', ''],
  ['With', 'number'],
  ['Left alone', 'number'],
  ['Difference', 'number'],
  ['How it stands', ''],
] as const;

function tradesTable(
  effects: readonly TradeEffectJson[],
  time: (at: string | undefined) => string,
): HTMLElement {
  const heads = TRADE_HEADS.map(([title, kind]) => h('th', { scope: 'col', class: kind }, title));
  const rows = effects.map((effect) => {
    const { account, ticket, symbol, policy, closedAt, withR, withoutR, differenceR } = effect;
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`)),
      h('td', {}, symbol),
      h('td', {}, policy),
      h('td', {}, closedAt === undefined ? UNKNOWN : time(closedAt)),
      ...[withR, withoutR, differenceR].map((r) => h('td', { class: 'number' }, rMultiple(r))),
      h('td', {}, standing(effect)),
    );
  });
  return h('table', { class: 'list' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
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
