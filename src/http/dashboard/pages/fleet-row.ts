// Owns a row of the fleet: it is bound to a trade, and written only where that differs.

import { fixed } from '../../../domain/number-text.js';
import { PLAN } from '../data/policy.js';
import { href } from '../router.js';
import { h, setClass, setText } from '../ui/dom.js';
import {
  dataAge,
  decimal,
  duration,
  integer,
  lots,
  price,
  resultText,
  rMultiple,
  signed,
  UNKNOWN,
} from '../ui/format.js';
import { compositionText, partText, riskText, sumsText, toneOfAmount } from '../ui/money.js';
import { stateBadge } from '../ui/state-badge.js';
import type { FleetGroup } from './fleet-groups.js';
import type { FleetRow, Timer } from './fleet-rows.js';

/** The score that fills its bar to one side. */
const FULL_SCORE = 8;
/** Above this multiple of its median a spread suppresses tightening and adding. */
const WIDE_SPREAD = 2;

export class BoundRow {
  readonly element: HTMLTableRowElement;
  readonly link = h('a', { class: 'symbol' });
  readonly #state = h('td', { class: 'state-cell' });
  readonly #direction = h('span', { class: 'direction' });
  readonly #where = h('span', { class: 'where' });
  readonly #score = h('span');
  readonly #bar = h('i', { class: 'bar', 'aria-hidden': 'true' });
  readonly #cells = {
    account: h('td', { class: 'account' }),
    label: h('td', { class: 'label' }),
    policy: h('td', { class: 'policy' }),
    volume: h('td', { class: 'volume number' }),
    age: h('td', { class: 'age number' }),
    timer: h('td', { class: 'timer number' }),
    r: h('td', { class: 'r number' }),
    money: h('td', { class: 'money number' }),
    risk: h('td', { class: 'risk number' }),
    price: h('td', { class: 'price number' }),
    stop: h('td', { class: 'stop number' }),
    spread: h('td', { class: 'spread number' }),
    data: h('td', { class: 'data number' }),
    actions: h('td', { class: 'actions' }),
  };
  #shownState = '';

  constructor() {
    const { account, label, policy, volume } = this.#cells;
    const { age, timer, r, money, risk, price: exit, stop, spread, data, actions } = this.#cells;
    const trade = h('th', { scope: 'row', class: 'trade' }, this.link, ' ', this.#direction, this.#where);
    const score = h('td', { class: 'score number' }, this.#score, this.#bar);
    const said = [this.#state, trade, account, label, policy, volume, score, age, timer];
    this.element = h('tr', {}, ...said, r, money, risk, exit, stop, spread, data, actions);
    // The whole row opens the trade; for keys and readers its link does.
    this.element.addEventListener('click', (event) => {
      if (!(event.target instanceof HTMLAnchorElement)) location.hash = this.link.hash;
    });
  }

  show(row: FleetRow): void {
    const { trade, score, digits } = row;
    if (this.#shownState !== row.state) {
      this.#state.replaceChildren(stateBadge(row.state));
      this.element.dataset.state = row.state;
      this.#shownState = row.state;
    }
    this.element.toggleAttribute('data-doubt', row.inDoubt > 0);
    const address = href('trades', trade.account, trade.ticket);
    if (this.link.getAttribute('href') !== address) this.link.setAttribute('href', address);
    setText(this.link, trade.symbol);
    setText(this.#direction, trade.direction.replace('DIRECTION_', ''));
    setText(this.#where, `${trade.account} ${trade.ticket}${trade.label === '' ? '' : ` · ${trade.label}`}`);
    setText(this.#score, signed(score, 1));
    const share = Math.max(-1, Math.min(1, (score ?? 0) / FULL_SCORE));
    setStyle(this.#bar, 'transform', `scaleX(${fixed(share, 3)})`);
    setClass(this.#bar, `bar ${share < 0 ? 'against' : 'for'}`);
    setText(this.#cells.account, trade.account);
    setText(this.#cells.label, trade.label);
    setText(this.#cells.volume, lots(trade.volume));
    this.#showPolicy(row);
    this.#showMoney(row);
    const { age, timer, r, price: exit, stop, spread, data, actions } = this.#cells;
    setText(age, duration(row.age));
    setText(timer, timerText(row.timer));
    setText(r, resultOf(row));
    r.title = resultText(row.resultR, row.gain, digits);
    setClass(r, `r number ${toneOf(row.resultR)}`);
    setText(exit, price(row.price, digits));
    setText(stop, price(trade.stopLoss, digits));
    setText(spread, row.spreadRatio === undefined ? UNKNOWN : `${decimal(row.spreadRatio, 1)} ×`);
    setClass(spread, `spread number ${(row.spreadRatio ?? 0) > WIDE_SPREAD ? 'problem' : ''}`);
    setText(data, row.dataAge === undefined ? 'no data' : dataAge(row.dataAge, row));
    setClass(data, `data number ${row.stale || row.skewMs !== undefined ? 'problem' : ''}`);
    setText(actions, actionsText(row));
    setClass(actions, `actions ${row.inDoubt > 0 ? 'problem' : ''}`);
  }

  #showPolicy(row: FleetRow): void {
    const { policy } = this.#cells;
    setText(policy, policyText(row));
    policy.title = policyText(row);
    setClass(policy, `policy ${row.standing === 'enforces' ? '' : 'problem'}`);
  }

  #showMoney({ money: told }: FleetRow): void {
    const { money, risk } = this.#cells;
    const open = told?.open;
    const text = told === undefined ? UNKNOWN : (partText(open, told) ?? UNKNOWN);
    setText(money, text);
    const isWhole = open?.amount !== undefined && open.obstacle === 'MONEY_OBSTACLE_UNSPECIFIED';
    setClass(money, `money number ${isWhole ? toneOfAmount(open.amount) : 'soft'}`);
    money.title = [text, open === undefined ? '' : compositionText(open)].join(' ').trim();
    setText(risk, told === undefined ? UNKNOWN : riskText(told));
    risk.title = risk.textContent ?? '';
  }
}

/** A policy as the fleet names it; what only observes is never a comfort. */
export function policyText({ trade: { policy }, standing }: Pick<FleetRow, 'trade' | 'standing'>): string {
  if (policy === undefined) return UNKNOWN;
  const name = policy.name === PLAN ? PLAN : `${policy.name} v${policy.version}`;
  if (standing === 'observes') return `only observes: ${name}`;
  return standing === 'unknown' ? `mode not known: ${name}` : name;
}

/** A closed trade is over: a dash would look as if its result were still to come. */
function resultOf({ trade, gain, resultR, digits }: FleetRow): string {
  if (resultR !== undefined) return rMultiple(resultR);
  if (gain !== undefined) return signed(gain, digits);
  return trade.state === 'TRADE_STATE_CLOSED' ? 'no close price' : UNKNOWN;
}

function timerText(timer: Timer | undefined): string {
  if (timer === undefined) return UNKNOWN;
  // Where it is narrow its name and its time are a line each, and no unit is on one of its own.
  const left = duration(timer.left).replaceAll(' ', '\u00A0');
  return timer.left > 0 ? `${timer.name} ${left}` : `${timer.name} ended`;
}

function actionsText({ trade, inDoubt }: FleetRow): string {
  const note = MONITORING_NOTES[trade.monitoring];
  if (inDoubt > 0) return `${inDoubt} in doubt`;
  return trade.openActions.length > 0 ? `${trade.openActions.length} open` : (note ?? '');
}

const MONITORING_NOTES: Readonly<Record<string, string>> = {
  MONITORING_PAUSED: 'paused',
  MONITORING_WAITING_FOR_DATA: 'waiting for data',
};

function toneOf(value: number | undefined): string {
  if (value === undefined || Math.abs(value) < 0.005) return '';
  return value < 0 ? 'loss' : 'gain';
}

function setStyle(element: HTMLElement, name: 'transform', value: string): void {
  if (element.style[name] !== value) element.style[name] = value;
}

/** A group's sum over the whole width; a press hides its rows or shows them again. */
export class GroupRow {
  readonly element: HTMLTableRowElement;
  readonly link = h('button', { type: 'button', class: 'quiet' });
  readonly #sum = h('span', { class: 'soft' });
  readonly #state = h('span');
  #name = '';
  #worst = '';

  constructor(columns: number, toggle: (name: string) => void) {
    this.element = h(
      'tr',
      { class: 'group' },
      h('th', { colspan: columns, scope: 'rowgroup' }, this.link, this.#state, this.#sum),
    );
    this.link.addEventListener('click', () => toggle(this.#name));
  }

  show({ name, trades, volume, sumR, unknown, money, inDoubt, worst }: FleetGroup, isOpen: boolean): void {
    this.#name = name;
    setText(this.link, `${isOpen ? '▾' : '▸'} ${name === '' ? 'none' : name}`);
    this.link.setAttribute('aria-expanded', String(isOpen));
    if (this.#worst !== worst) this.#state.replaceChildren(stateBadge(worst));
    this.#worst = worst;
    const parts = [
      `${integer(trades)} ${trades === 1 ? 'trade' : 'trades'}`,
      `${lots(volume)} lots`,
      unknown === trades ? 'no result' : `open ${rMultiple(sumR)}`,
      unknown > 0 && unknown < trades ? `${integer(unknown)} without a result` : '',
      money === undefined ? '' : sumsText(money),
      (money?.unknown ?? 0) > 0 ? `${integer(money?.unknown)} not in money` : '',
      inDoubt > 0 ? `${integer(inDoubt)} in doubt` : '',
    ];
    setText(this.#sum, parts.filter((part) => part !== '').join(' · '));
  }
}
