// Owns saying something aloud once, for readers of screens: what is shown may change with every second, what is said may not.
import { h } from './dom.js';

export interface Announcer {
  readonly element: HTMLElement;
  /** Says a text where what it is about is not what was said last. */
  say(about: string, text: string): void;
}

export function announcer(): Announcer {
  const element = h('span', { class: 'hidden', role: 'status' });
  let last = '';
  return {
    element,
    say: (about, text) => {
      if (about === last) return;
      last = about;
      element.textContent = text;
    },
  };
}
