// Owns asking again every so often while a page is shown, and not more often than that.
import { problemText } from '../data/api.js';
import { h, setText } from '../ui/dom.js';

export interface Polled {
  /** Says why there is no answer; empty while there is one. */
  readonly note: HTMLElement;
  /** Asks soon, whatever the time. */
  soon(): void;
  end(): void;
}

/** After what is likely to come in bursts. */
const SOON_MS = 250;

/** @param ask - fetches and shows; rejects with what went wrong, which the note then tells */
export function polled(everyMs: number, ask: (signal: AbortSignal) => Promise<void>): Polled {
  const note = h('p', { class: 'banner', role: 'status', hidden: true });
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hurried = false;
  let asking = false;

  async function once(): Promise<void> {
    hurried = false;
    asking = true;
    try {
      if (!document.hidden) await ask(ended.signal);
      setText(note, '');
    } catch (error) {
      setText(note, problemText(error));
    }
    note.hidden = note.textContent === '';
    asking = false;
    if (!ended.signal.aborted) timer = setTimeout(run, hurried ? SOON_MS : everyMs);
  }

  function run(): void {
    void once();
  }

  run();
  return {
    note,
    soon: () => {
      if (hurried || ended.signal.aborted) return;
      hurried = true;
      // One question at a time: the next follows the one that is under way.
      if (asking) return;
      clearTimeout(timer);
      timer = setTimeout(run, SOON_MS);
    },
    end: () => {
      ended.abort();
      clearTimeout(timer);
    },
  };
}
