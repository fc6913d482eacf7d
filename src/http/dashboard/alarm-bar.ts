// Owns the line under the bar that says what needs a person now, and the counts in the way to its page and the title.
import { type Alarms, alarmName } from './data/alarms.js';
import { href } from './router.js';
import { announcer } from './ui/announcer.js';
import { h, setClass, setText } from './ui/dom.js';

export interface AlarmBar {
  /** What is seen, and what is said aloud. */
  readonly elements: readonly HTMLElement[];
  /** The count beside the way to the page. */
  readonly badge: HTMLElement;
  /** How a title begins while there are alarms; else empty. */
  readonly mark: string;
}

export function alarmBar(alarms: Alarms, changed: () => void): AlarmBar {
  const count = h('b', {});
  const text = h('span', {});
  const badge = h('span', { class: 'badge bad', hidden: true });
  const way = h('a', { href: href('alarms') }, 'See what to do');
  const element = h('div', { class: 'alarms bad', hidden: true }, count, text, way);
  const spoken = announcer();
  const bar = { elements: [element, spoken.element], badge, mark: '' };
  const show = () => {
    const { total, list, problem } = alarms;
    const [first] = list;
    const isNow = problem !== undefined || first?.urgency === 'ALARM_URGENCY_NOW';
    element.hidden = total === 0 && problem === undefined;
    badge.hidden = total === 0;
    const tone = isNow ? 'bad' : 'warn';
    setClass(element, `alarms ${tone}`);
    setClass(badge, `badge ${tone}`);
    setText(badge, String(total));
    setText(count, problem !== undefined ? 'No answer' : total === 1 ? '1 alarm' : `${total} alarms`);
    setText(text, problem !== undefined ? `What is shown may be old: ${problem}` : (first?.text ?? ''));
    const names = problem === undefined ? list.map(alarmName).sort() : ['no answer'];
    spoken.say(names.join(), element.hidden ? '' : `${count.textContent}. ${text.textContent}`);
    bar.mark = total === 0 ? '' : `(${total}) `;
    changed();
  };
  alarms.onChange(show);
  return bar;
}
