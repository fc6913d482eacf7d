// Owns panels that show what is asked for every so often, for who may see it: from others they are hidden.
import type { AppContext } from '../app-context.js';
import { ApiError } from '../data/api-error.js';
import { h, scrolling } from '../ui/dom.js';
import { whenNew } from '../ui/when-new.js';
import { type Polled, polled } from './polled.js';

/** What a panel says now, and what that is made from: what says the same stays as it is, under whose hands it may be. */
export interface PanelContent {
  readonly made: readonly unknown[];
  make(): HTMLElement;
}

export interface PolledPanel {
  readonly element: HTMLElement;
  readonly poll: Polled;
}

/**
 * Asks for what a panel says; rejects with 403 for a key that may not see it.
 *
 * @param again - asks soon, after something was done
 */
export type PanelAsk = (context: AppContext, signal: AbortSignal, again: () => void) => Promise<PanelContent>;

interface PanelOptions {
  readonly title: string;
  readonly everyMs: number;
  readonly ask: PanelAsk;
}

export function polledPanel(context: AppContext, options: PanelOptions): PolledPanel {
  const { title, everyMs, ask } = options;
  const place = h('div');
  const element = h(
    'section',
    { class: 'panel', hidden: true },
    h('div', { class: 'head' }, h('h2', {}, title)),
    scrolling(title, place),
  );
  const whenOther = whenNew();
  const poll: Polled = polled(everyMs, async (signal) => {
    try {
      const { made, make } = await ask(context, signal, () => poll.soon());
      whenOther([...made, context.preferences.zone], () => place.replaceChildren(make()));
      element.hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      element.hidden = true;
    }
  });
  return { element, poll };
}
